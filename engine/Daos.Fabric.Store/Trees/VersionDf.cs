namespace Daos.Fabric.Store.Trees;

/// <summary>
/// One version of a single value. The value follows when it is small, else the record names a data extent. Owned by one xstream.
/// </summary>
/// <remarks>
/// <code>
///  0               8       10      11          12            16            20         24
/// | epoch         | minor | media | checksum  | transaction | value bytes | checksum | value, or DataReferenceDf
/// |               |       |       | type      |             |             |          |
/// </code>
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal unsafe struct VersionDf
{
    /// <summary>Bytes before the value.</summary>
    public const int SizeBytes = 24;

    /// <summary>When.</summary>
    [FieldOffset(0)]
    public ulong Epoch;

    /// <summary>Order inside the epoch.</summary>
    [FieldOffset(8)]
    public ushort Minor;

    /// <summary>Where the value lies.</summary>
    [FieldOffset(10)]
    public ValueMedia Media;

    /// <summary>Kind of <see cref="Checksum"/>.</summary>
    [FieldOffset(11)]
    public ChecksumType ChecksumType;

    /// <summary>Reference of the transaction that wrote it, 0 when committed.</summary>
    [FieldOffset(12)]
    public uint Transaction;

    /// <summary>Size of the value.</summary>
    [FieldOffset(16)]
    public uint ValueBytes;

    /// <summary>Checksum over the whole value.</summary>
    [FieldOffset(20)]
    public uint Checksum;

    /// <summary>When, with the order inside the epoch.</summary>
    public readonly VersionStamp Stamp => new(Epoch, Minor);

    /// <summary>Size of this record's allocation.</summary>
    public readonly int AllocationBytes => AllocationBytesOf(Media, ValueBytes);

    /// <summary>Size of the allocation for a value.</summary>
    public static int AllocationBytesOf(ValueMedia media, uint valueBytes) =>
        SizeBytes + (media == ValueMedia.Arena ? (int)((valueBytes + 7) & ~7u) : DataReferenceDf.SizeBytes);
}
