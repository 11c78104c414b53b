namespace Daos.Fabric.Metadata;

/// <summary>Limits of keys, values and calls, the same for every store, each with its reason.</summary>
public static class MetadataLimits
{
    /// <summary>Bytes of a key (DER_KEY2BIG).</summary>
    public const int KeyBytesMax = 1024;

    /// <summary>Bytes of a value (DER_REC2BIG): a page of the largest ones, as text, stays below 50 MiB.</summary>
    public const int ValueBytesMax = 256 << 10;

    /// <summary>Conditions of a transaction (DER_OVERFLOW).</summary>
    public const int ComparesMax = 64;

    /// <summary>Operations of one branch (DER_OVERFLOW): with those of sessions below the 128 that etcd allows by default.</summary>
    public const int OperationsMax = 64;

    /// <summary>Bytes of all keys and values of a transaction (DER_OVERFLOW): below the 1.5 MiB that etcd allows by default.</summary>
    public const int TransactionBytesMax = 1 << 20;

    /// <summary>Entries of a page.</summary>
    public const int PageEntriesMax = 128;

    /// <summary>Shortest life of a lease in milliseconds (DER_INVAL): below it a pause of the garbage collector would end it.</summary>
    public const long LeaseTtlMinMs = 1_000;

    /// <summary>Longest life of a lease in milliseconds (DER_INVAL): a day.</summary>
    public const long LeaseTtlMaxMs = 24 * 3600 * 1_000;

    /// <summary>Leases at once in a store of our own (DER_NOSPACE).</summary>
    internal const int LeasesMax = 4096;

    /// <summary>Revisions that a store of our own remembers for watches and older reads.</summary>
    internal const int HistoryRevisionsMax = 10_000;

    /// <summary>Bytes of keys and values that it remembers for them.</summary>
    internal const long HistoryBytesMax = 16 << 20;

    /// <summary>Watches at once in a store of our own (DER_BUSY).</summary>
    internal const int WatchesMax = 4096;

    /// <summary>Transactions that wait at once in a store of our own (DER_BUSY).</summary>
    internal const int CommitsWaitingMax = 1024;

    /// <summary>Keys that one revision takes away when a lease ends.</summary>
    internal const int LeaseStepKeys = 256;
}
