namespace Daos.Fabric.Protocol.Objects;

/// <summary>
/// The reply to a listing: 56 bytes, then the packed entries: for keys their length (2 bytes) and their bytes, without gaps; for extents
/// <see cref="RecxEntry"/>, for objects <see cref="ObjectEntry"/>.
/// </summary>
/// <remarks>
/// <code>
///  0 | anchor to go on from (32 bytes)                               |
/// 32 | entries                       | flags: bit 0 end              |
/// 40 | bytes of entries              | 0                             |
/// 48 | record bytes (listings of extents)                            |
/// </code>
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
public struct EnumerateReplyWire
{
    /// <summary>Size on the wire.</summary>
    public const int SizeBytes = 56;

    /// <summary>In <see cref="Flags"/>: nothing follows.</summary>
    public const uint EndFlag = 1;

    /// <summary>Where to go on.</summary>
    [FieldOffset(0)]
    public EnumerationAnchor Anchor;

    /// <summary>Entries that follow.</summary>
    [FieldOffset(32)]
    public uint Entries;

    /// <summary><see cref="EndFlag"/>.</summary>
    [FieldOffset(36)]
    public uint Flags;

    /// <summary>Bytes that follow.</summary>
    [FieldOffset(40)]
    public uint EntryBytes;

    /// <summary>Zero.</summary>
    [FieldOffset(44)]
    public uint Reserved0;

    /// <summary>Bytes of a record, in listings of extents.</summary>
    [FieldOffset(48)]
    public ulong RecordBytes;
}
