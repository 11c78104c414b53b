namespace Daos.Fabric.Store.Transactions.Tables;

/// <summary>The committed transactions of a container: a list of blocks, oldest first. Owned by one xstream.</summary>
/// <remarks>
/// <code>
///  0 oldest block u64 | 8 newest block u64 | 16 entries u64 | 24 highest client's HLC among the entries taken away u64
/// 32 number of the next entry u64
/// </code>
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal struct CommittedTableDf
{
    /// <summary>Bytes of the table.</summary>
    public const int SizeBytes = 40;

    /// <summary>The block that goes next.</summary>
    [FieldOffset(0)]
    public ulong Oldest;

    /// <summary>The block that is being filled.</summary>
    [FieldOffset(8)]
    public ulong Newest;

    /// <summary>Entries in all blocks.</summary>
    [FieldOffset(16)]
    public ulong Count;

    /// <summary>A transaction that began no later than this may have been committed and forgotten.</summary>
    [FieldOffset(24)]
    public ulong Forgotten;

    /// <summary>How many entries there ever were.</summary>
    [FieldOffset(32)]
    public ulong NextNumber;
}
