namespace Daos.Fabric.Store;

/// <summary>Limits of objects and of the calls on them, each with its reason.</summary>
internal static class ObjectLimits
{
    /// <summary>Bytes of a dkey or akey: a key and its record fit one block of the arena with room.</summary>
    public const int KeyBytesMax = 4096;

    /// <summary>Values of one call: 64 akeys and 1,024 ranges, as the protocol allows.</summary>
    public const int EntriesMax = 1024 + 64;

    /// <summary>Bytes of one value or extent: its checksums (4 KiB chunks) and its media buffer stay bounded.</summary>
    public const long ValueBytesMax = 64L << 20;

    /// <summary>Bytes that all arena values of one update may have together: the redo of one transaction is bounded.</summary>
    public const int ArenaBytesPerUpdateMax = 512 << 10;

    /// <summary>Words of the checksums of one extent: they stand in its record, which is one block of the arena (60 of 64 KiB).</summary>
    public const int ChecksumWordsPerExtentMax = 15 << 10;

    /// <summary>Bytes that a value and its checksums may take in the arena together: they stand in one record, which is one block of 64 KiB.</summary>
    public const int ArenaRecordBytesMax = 63 << 10;

    /// <summary>Bytes of one checksum chunk: two of them and a part of the data fit one media buffer.</summary>
    public const uint ChunkBytesMax = 256 << 10;

    /// <summary>
    /// Runs of blocks that a single value may be scattered over: their references (16 KiB) stand in its record, and their bits change in one
    /// transaction.
    /// </summary>
    public const int RunsPerValueMax = 1024;

    /// <summary>Runs of all values of one update that are scattered, or less with a small log: the redo of one transaction is bounded.</summary>
    public const int ScatteredRunsPerUpdateMax = 4 * RunsPerValueMax;

    /// <summary>Redo of one run: its reference, and its bits in two places of the bitmap.</summary>
    public const int RedoBytesPerRun = 48;

    /// <summary>Pieces of one fetch: the memory and the time of one call stay bounded (ask for less at once: DER_OVERFLOW).</summary>
    public const int FragmentsMax = 1 << 16;

    /// <summary>Extents looked at by one fetch: as above, with the versions that are hidden.</summary>
    public const int ExtentsVisitedMax = 1 << 20;

    /// <summary>Records looked at by one listing call; then it answers with what it has and an anchor.</summary>
    public const int ListVisitsMax = 4096;

    /// <summary>Records looked at by one key query (DER_OVERFLOW above it).</summary>
    public const int QueryVisitsMax = 1 << 18;

    /// <summary>Dead keys looked at to find out whether a punch leaves a dkey or object empty; behind more it stays (about 3 ms).</summary>
    public const int EmptinessVisitsMax = 1 << 16;

    /// <summary>Records looked at for newer writes before a punch at an older epoch is carried out; behind more it must come again.</summary>
    public const int LatePunchVisitsMax = 1 << 14;

    /// <summary>
    /// Sets of five read timestamps, as a power of two; DAOS has 1,024 containers, 32 K objects, 128 K dkeys and 512 K akeys per target, of
    /// all pools together. With those below 3.2 MB per shard, taken with the first condition, punch or transaction.
    /// </summary>
    public const int ReadContainerSetsLog2 = 4;

    /// <summary>As above, for objects: 5,120.</summary>
    public const int ReadObjectSetsLog2 = 10;

    /// <summary>As above, for dkeys: 20,480.</summary>
    public const int ReadDkeySetsLog2 = 12;

    /// <summary>As above, for akeys: 40,960.</summary>
    public const int ReadAkeySetsLog2 = 13;

    /// <summary>Extents looked at for a removal (about 3 ms); above it a caller asks for fewer records (DER_OVERFLOW).</summary>
    public const int RemovalVisitsMax = 1 << 16;

    /// <summary>Modifications that a client may have in flight: the size of its results ring.</summary>
    public const int ResultsPerClientMax = 4096;

    /// <summary>Clients with results in one shard.</summary>
    public const int ClientsMax = 1 << 16;

    /// <summary>Snapshots of one container in one shard: each is a window of its own for aggregation.</summary>
    public const int SnapshotsMax = 1024;

    /// <summary>The index bit that marks parity extents; no user index has it.</summary>
    public const ulong ParityBit = 1UL << 63;

    /// <summary>Data cells of a stripe, at least and at most: far above what any class has.</summary>
    public const int DataCellsMin = 2;

    /// <summary>See <see cref="DataCellsMin"/>.</summary>
    public const int DataCellsMax = 1 << 16;
}
