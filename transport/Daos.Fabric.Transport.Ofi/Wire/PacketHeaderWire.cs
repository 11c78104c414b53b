namespace Daos.Fabric.Transport.Ofi.Wire;

/// <summary>
/// What every packet begins with; one packet is one fi_send. Little-endian, 32 bytes (WIRE.md).
/// <code>
/// 0  crc32c of bytes 4 to the end   4  length of the packet
/// 8  token of the receiver's end of the connection; 0 in a hello
/// 16 sequence, from 1; 0: outside the sequence
/// 20 packets of the sequence that the sender of this packet has processed
/// 24 version   26 flags   28 code (refused hello, reset)
/// </code>
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
internal struct PacketHeaderWire
{
    internal const int SizeBytes = 32;
    internal const ushort CurrentVersion = 1;

    public uint Crc;
    public uint LengthBytes;
    public ulong Token;
    public uint Sequence;
    public uint Processed;
    public ushort Version;
    public PacketFlags Flags;
    public int Code;
}

/// <summary>What a packet outside the sequence means.</summary>
[Flags]
internal enum PacketFlags : ushort
{
    /// <summary>Records, or only the count of processed packets.</summary>
    None = 0,

    /// <summary>Carries a <see cref="HelloWire"/> and the sender's address.</summary>
    Hello = 1,

    /// <summary>Answers a hello; code 0, or why it is refused.</summary>
    HelloReply = 2,

    /// <summary>Asks for a sign of life.</summary>
    Ping = 4,

    /// <summary>The sender's end is gone; code says why.</summary>
    Reset = 8,

    /// <summary>With a reset: no transfer of the sender is under way any more, and none will be.</summary>
    Quiet = 16,
}
