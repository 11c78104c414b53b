namespace Daos.Fabric.Store.Trees;

/// <summary>
/// One version of a single value. The value follows when it is small, else the record names one run of blocks or several. Owned by one xstream.
/// </summary>
/// <remarks>
/// <code>
///  0               8       10      11          12            16            20
/// | epoch         | minor | media | integrity | transaction | value bytes | checksum, zero-padded to 8 | value, or DataReferenceDf ...
/// </code>
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal unsafe struct VersionDf
{
    /// <summary>Bytes before the value when its checksum takes one word, or there is none.</summary>
    public const int SizeBytes = 24;

    /// <summary>Offset of <see cref="Transaction"/>, the same as in extents and events.</summary>
    public const int TransactionOffset = 12;

    private const int ChecksumOffset = 20;

    /// <summary>When.</summary>
    [FieldOffset(0)]
    public ulong Epoch;

    /// <summary>Order inside the epoch.</summary>
    [FieldOffset(8)]
    public ushort Minor;

    /// <summary>Where the value lies.</summary>
    [FieldOffset(10)]
    public ValueMedia Media;

    /// <summary>Kind of <see cref="Checksum"/>, and whether the value was found corrupted.</summary>
    [FieldOffset(11)]
    public Integrity Integrity;

    /// <summary>Reference of the transaction that wrote it, 0 when committed.</summary>
    [FieldOffset(TransactionOffset)]
    public uint Transaction;

    /// <summary>Size of the value.</summary>
    [FieldOffset(16)]
    public uint ValueBytes;

    /// <summary>First word of the checksum over the whole value; the others follow, and so they may reach past this structure.</summary>
    [FieldOffset(ChecksumOffset)]
    public uint Checksum;

    /// <summary>When, with the order inside the epoch.</summary>
    public readonly VersionStamp Stamp => new(Epoch, Minor);

    /// <summary>Offset of the value, or of the references to it, from the record's start.</summary>
    public readonly int ValueOffset => ValueOffsetOf(Integrity.Type);

    /// <summary>Offset of a value with this kind of checksum.</summary>
    public static int ValueOffsetOf(ChecksumType type) =>
        ChecksumTypes.Words(type) <= 1 ? SizeBytes : (ChecksumOffset + (ChecksumTypes.Words(type) * sizeof(uint)) + 7) & ~7;

    /// <summary>Size of the allocation for a value; <see cref="DataRuns.AllocationBytesOf"/> is that of one that is there.</summary>
    /// <param name="media">Where the value lies.</param>
    /// <param name="type">Kind of its checksum.</param>
    /// <param name="valueBytes">Its size.</param>
    /// <param name="runs">Runs of blocks that it takes, when it lies in the data file.</param>
    public static int AllocationBytesOf(ValueMedia media, ChecksumType type, uint valueBytes, int runs) =>
        ValueOffsetOf(type) + (media == ValueMedia.Arena ? (int)((valueBytes + 7) & ~7u) : runs * DataReferenceDf.SizeBytes);
}
