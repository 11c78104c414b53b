namespace Daos.Fabric.Rpc.Wire;

/// <summary>
/// The header of every message, 48 bytes, little-endian, right after the transport's frame header (see WIRE.md).
/// </summary>
/// <remarks>
/// <code>
///      0       1       2       3       4       5       6       7
///  0 | opcode                        | flags         | version | 0   |
///  8 | rpc id: generation (48 bits), slot (16 bits)                  |
/// 16 | hlc                                                           |
/// 24 | source rank                   | destination rank              |
/// 32 | tag           | 0             | deadline ms, in replies: code |
/// 40 | payload bytes                 | map version                   |
/// </code>
/// With <see cref="RpcFlags.Queued"/> a <see cref="PlaceWire"/> follows, then with <see cref="RpcFlags.Modification"/> a
/// <see cref="ModificationInfo"/>, then the payload.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
public struct RpcHeaderWire
{
    /// <summary>Size on the wire.</summary>
    public const int SizeBytes = 48;

    /// <summary>The version of this layout.</summary>
    public const byte CurrentVersion = 3;

    /// <summary>Every flag of this version.</summary>
    public const RpcFlags KnownFlags = RpcFlags.OneWay | RpcFlags.Resend | RpcFlags.Modification | RpcFlags.Reply
        | RpcFlags.Queued | RpcFlags.Large;

    /// <summary>Module, version and index; a reply repeats the request's.</summary>
    [FieldOffset(0)]
    public uint Opcode;

    /// <summary><see cref="RpcFlags"/>.</summary>
    [FieldOffset(4)]
    public ushort Flags;

    /// <summary><see cref="CurrentVersion"/>.</summary>
    [FieldOffset(6)]
    public byte Version;

    /// <summary>Zero.</summary>
    [FieldOffset(7)]
    public byte Reserved0;

    /// <summary>The caller's slot (low 16 bits) and its generation; a reply repeats it. Not zero.</summary>
    [FieldOffset(8)]
    public ulong RpcId;

    /// <summary>An engine's clock, or the highest value that a client heard.</summary>
    [FieldOffset(16)]
    public ulong Hlc;

    /// <summary>The sender's rank; <see cref="Rank.None"/> from a client.</summary>
    [FieldOffset(24)]
    public uint SourceRank;

    /// <summary>The rank meant; <see cref="Rank.None"/> for whoever listens there.</summary>
    [FieldOffset(28)]
    public uint DestinationRank;

    /// <summary>The tag meant.</summary>
    [FieldOffset(32)]
    public ushort Tag;

    /// <summary>Zero.</summary>
    [FieldOffset(34)]
    public ushort Reserved1;

    /// <summary>In requests: ms from the sending until nobody waits any more, 0 for never. In replies: the DER_ code.</summary>
    [FieldOffset(36)]
    public int DeadlineMsOrCode;

    /// <summary>Bytes after header and modification info.</summary>
    [FieldOffset(40)]
    public uint PayloadBytes;

    /// <summary>Version of the pool map that the sender works by; 0 where it means nothing.</summary>
    [FieldOffset(44)]
    public uint MapVersion;

    /// <summary>Bytes before the payload.</summary>
    public readonly int HeadBytes => PlaceEndBytes + ((Flags & (ushort)RpcFlags.Modification) != 0 ? ModificationWire.SizeBytes : 0);

    /// <summary>Bytes before modification info or payload.</summary>
    internal readonly int PlaceEndBytes => SizeBytes + ((Flags & (ushort)RpcFlags.Queued) != 0 ? PlaceWire.SizeBytes : 0);

    /// <summary>
    /// Writes a header. As whole words: the transport reads words of it right afterwards, for its checksum or its copy, and a processor
    /// hands a store on only to a load that lies within it.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static unsafe void Write(
        RpcHeaderWire* to, uint opcode, RpcFlags flags, ulong rpcId, ulong hlc, uint source, uint destination, ushort tag, int deadlineMsOrCode,
        int payloadBytes, uint mapVersion)
    {
        var words = (ulong*)to;
        words[0] = opcode | ((ulong)flags << 32) | ((ulong)CurrentVersion << 48);
        words[1] = rpcId;
        words[2] = hlc;
        words[3] = source | ((ulong)destination << 32);
        words[4] = tag | ((ulong)(uint)deadlineMsOrCode << 32);
        words[5] = (uint)payloadBytes | ((ulong)mapVersion << 32);
    }

    /// <summary>
    /// Checks everything that a header alone can tell, before anything is reserved for the message: size, version, flags and their
    /// combination, reserved bytes, identifier, deadline.
    /// </summary>
    /// <param name="messageBytes">Length of the message that the transport delivered; at least <see cref="SizeBytes"/>.</param>
    public readonly bool IsWellFormed(int messageBytes)
    {
        bool isReply = (Flags & (ushort)RpcFlags.Reply) != 0;
        bool hasPlace = (Flags & (ushort)RpcFlags.Queued) != 0;
        return Version == CurrentVersion
            && ((RpcFlags)Flags & ~KnownFlags) == 0
            && ((uint)Reserved0 | Reserved1) == 0
            && RpcId != 0
            && messageBytes >= HeadBytes
            && PayloadBytes == (uint)(messageBytes - HeadBytes)
            && (isReply
                ? ((RpcFlags)Flags & ~(RpcFlags.Large | RpcFlags.Queued)) == RpcFlags.Reply && DeadlineMsOrCode <= 0
                    && (!hasPlace || DeadlineMsOrCode == DerCode.OverloadRetry.Value)
                : (uint)DeadlineMsOrCode <= RpcLimits.DeadlineMsMax);
    }
}
