namespace Daos.Fabric.Store.Trees;

/// <summary>
/// A run of array records written, or punched, at one epoch. Extents are never split or changed. The checksums of its chunks follow,
/// then the data when it is small. Owned by one xstream.
/// </summary>
/// <remarks>
/// <code>
///  0               8       10      11          12            16             24
/// | epoch         | minor | media | integrity | transaction | first record | records |
/// 32             36               40
/// | chunks       | checksum words | DataReferenceDf (zero when the data is in the arena) |
/// 56 words of the checksums, zero-padded to 8; then data, zero-padded to 8
/// </code>
/// Chunks and their parts lie at multiples of their size counted from record 0 of the array, so the first and the last may be partial.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal struct ExtentDf
{
    /// <summary>Bytes before the checksums.</summary>
    public const int SizeBytes = 56;

    /// <summary>Offset of <see cref="Data"/>.</summary>
    public const int DataOffset = 40;

    /// <summary>When.</summary>
    [FieldOffset(0)]
    public ulong Epoch;

    /// <summary>Order inside the epoch.</summary>
    [FieldOffset(8)]
    public ushort Minor;

    /// <summary>Where the data lies.</summary>
    [FieldOffset(10)]
    public ValueMedia Media;

    /// <summary>Kind of the checksums, and whether a chunk was found corrupted.</summary>
    [FieldOffset(11)]
    public Integrity Integrity;

    /// <summary>Reference of the transaction that wrote it, 0 when committed.</summary>
    [FieldOffset(VersionDf.TransactionOffset)]
    public uint Transaction;

    /// <summary>First record.</summary>
    [FieldOffset(16)]
    public ulong Start;

    /// <summary>Number of records.</summary>
    [FieldOffset(24)]
    public ulong Count;

    /// <summary>How the checksums cut the array.</summary>
    [FieldOffset(32)]
    public ExtentChunks Chunks;

    /// <summary>Words of 32 bits that the checksums take together.</summary>
    [FieldOffset(36)]
    public uint ChecksumWords;

    /// <summary>The data extent.</summary>
    [FieldOffset(DataOffset)]
    public DataReferenceDf Data;

    /// <summary>When, with the order inside the epoch.</summary>
    public readonly VersionStamp Stamp => new(Epoch, Minor);

    /// <summary>First record after the run.</summary>
    public readonly ulong End => Start + Count;

    /// <summary>Offset of the data from the record's start.</summary>
    public readonly int InlineOffset => SizeBytes + ((4 * (int)ChecksumWords + 7) & ~7);

    /// <summary>Size of the allocation.</summary>
    public static int AllocationBytes(ValueMedia media, uint checksumWords, long dataBytes) =>
        SizeBytes + ((4 * (int)checksumWords + 7) & ~7) + (media == ValueMedia.Arena ? (int)((dataBytes + 7) & ~7L) : 0);
}
