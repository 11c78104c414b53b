namespace Daos.Fabric.Transport.Ofi.Wire;

/// <summary>Payload of a hello and of its answer; the sender's address follows in a hello. Little-endian, 48 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
internal struct HelloWire
{
    internal const int SizeBytes = 48;
    internal const uint MagicValue = 0x4F46_4644; // "DFFO"

    public uint Magic;
    public ushort VersionMin;
    public ushort VersionMax;

    /// <summary>What packets to the sender carry: 44 random bits over the connection's slot.</summary>
    public ulong Token;

    /// <summary>Same number, same kernel and process namespace: the process number means something.</summary>
    public ulong NodeId;
    public int ProcessId;
    public uint MessageBytesMax;
    public ushort AddressBytes;
    public ushort Reserved0;
    public uint Reserved1;
    public ulong Reserved2;
}
