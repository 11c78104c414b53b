namespace Daos.Fabric.Protocol.Objects;

/// <summary>
/// The fixed part of an update or fetch: 88 bytes. The dkey follows (padded to 8 bytes), then the iods, then in an update without memory
/// the values, one after the other without gaps.
/// </summary>
/// <remarks>
/// <code>
///  0 | head (56 bytes, see ObjectHeadWire)                           |
/// 56 | memory: key (0: values inline), length, access (24 bytes)     |
/// 80 | inline value bytes            | 0                             |
/// </code>
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
public struct ObjectIoWire
{
    /// <summary>Size on the wire.</summary>
    public const int SizeBytes = 88;

    /// <summary>What the request is about.</summary>
    [FieldOffset(0)]
    public ObjectHeadWire Head;

    /// <summary>Key of the client's memory, or 0.</summary>
    [FieldOffset(56)]
    public ulong MemoryKey;

    /// <summary>Its length.</summary>
    [FieldOffset(64)]
    public long MemoryBytes;

    /// <summary>What the engine may do with it.</summary>
    [FieldOffset(72)]
    public ulong MemoryAccess;

    /// <summary>Bytes of all inline values of an update; in a fetch 0.</summary>
    [FieldOffset(80)]
    public uint InlineBytes;

    /// <summary>Zero.</summary>
    [FieldOffset(84)]
    public uint Reserved0;
}
