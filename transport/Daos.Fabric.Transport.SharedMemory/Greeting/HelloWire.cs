namespace Daos.Fabric.Transport.SharedMemory.Greeting;

/// <summary>
/// The first bytes on a connection's unix socket, from both sides (WIRE.md): 64 bytes, little-endian. With it come the descriptors of the
/// segment (from the connecting side only) and of the sender's doorbell.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal struct HelloWire
{
    /// <summary>Size on the wire.</summary>
    internal const int SizeBytes = 64;

    /// <summary>"DFS" and a zero.</summary>
    internal const uint MagicValue = 0x0053_4644;

    /// <summary>The version of the layout.</summary>
    internal const ushort CurrentVersion = 2;

    [FieldOffset(0)]
    public uint Magic;

    /// <summary>Oldest version spoken.</summary>
    [FieldOffset(4)]
    public ushort VersionMin;

    /// <summary>Newest version spoken.</summary>
    [FieldOffset(6)]
    public ushort VersionMax;

    /// <summary>The largest message that the sender sends and takes.</summary>
    [FieldOffset(8)]
    public uint MessageBytesMax;

    /// <summary>Lines of each ring; zero from the accepting side.</summary>
    [FieldOffset(12)]
    public uint RingLines;

    /// <summary>Where the sender's process holds <see cref="ProbeValue"/>; zero when its memory shall not be touched.</summary>
    [FieldOffset(16)]
    public ulong ProbeAddress;

    /// <summary>Random; whoever reads it there may reach the sender's memory.</summary>
    [FieldOffset(24)]
    public ulong ProbeValue;

    /// <summary>Zero.</summary>
    [FieldOffset(32)]
    public ulong Reserved0;

    /// <summary>Zero.</summary>
    [FieldOffset(40)]
    public ulong Reserved1;

    /// <summary>Zero.</summary>
    [FieldOffset(48)]
    public ulong Reserved2;

    /// <summary>Zero.</summary>
    [FieldOffset(56)]
    public ulong Reserved3;

    /// <summary>True when this side can talk to the sender.</summary>
    internal readonly bool IsAcceptable(int messageBytesMax) =>
        Magic == MagicValue && VersionMin <= CurrentVersion && VersionMax >= CurrentVersion && MessageBytesMax >= (uint)messageBytesMax;
}
