using Daos.Fabric.Core.Randomness;
using Daos.Fabric.Core.Time;
using Daos.Fabric.Store.Transactions.Tables;

namespace Daos.Fabric.Store;

/// <summary>How a shard is made and opened. Immutable; sizes count when the shard is formatted (<see cref="StoreShard.GrowAsync"/> changes them).</summary>
public sealed record StoreOptions
{
    /// <summary>Smallest log: a quarter of it must hold a transaction.</summary>
    public const long LogBytesMin = 128 << 10;

    /// <summary>Log blocks that the log must hold at least.</summary>
    public const int LogBlocksMin = 8;

    /// <summary>A log block as long as nobody says otherwise.</summary>
    public const int LogBlockBytesDefault = 256 << 10;

    /// <summary>Largest log.</summary>
    public const long LogBytesMax = 1L << 42;

    /// <summary>Smallest arena.</summary>
    public const long ArenaBytesMin = 1 << 20;

    /// <summary>Largest arena.</summary>
    public const long ArenaBytesMax = 1L << 43;

    /// <summary>Smallest data file.</summary>
    public const long DataBytesMin = 1 << 20;

    /// <summary>Largest data file.</summary>
    public const long DataBytesMax = 1L << 46;

    /// <summary>The shard's directory; it holds the files meta, log and data, as far as <see cref="Roles"/> does not put them elsewhere.</summary>
    public required string Path { get; init; }

    /// <summary>Where log, metadata and data lie when they do not lie together.</summary>
    public RolePaths Roles { get; init; } = new();

    /// <summary>
    /// Blobs of open devices in which roles lie instead; null for none. Whoever opened the devices keeps them open while the shard is, and makes the
    /// blobs larger (<see cref="ShardGrowth.Blobs"/>): metadata finds room only up to the end of its blob.
    /// </summary>
    public Devices.RoleBlobs? Blobs { get; init; }

    /// <summary>
    /// Creation takes a file or device for a role even if it holds something that is known: a file system, a partition table, another store.
    /// What it held is lost.
    /// </summary>
    public bool Force { get; init; }

    /// <summary>Clock that mints epochs, shared by the shards of an engine. Opening a shard raises it above everything stored.</summary>
    public required HybridLogicalClock Hlc { get; init; }

    /// <summary>Source of the shard's identity and of what must not be guessed.</summary>
    public required SeededRandom Random { get; init; }

    /// <summary>Addresses reserved for metadata, which is the largest size it can reach; memory is taken as it grows.</summary>
    public long ArenaReserveBytes { get; init; } = 16L << 30;

    /// <summary>Size of the circular log, written once with zeros when the shard is formatted.</summary>
    public long LogBytes { get; init; } = 256L << 20;

    /// <summary>Size of the data file, allocated when the shard is formatted.</summary>
    public long DataBytes { get; init; } = 8L << 30;

    /// <summary>Values of at least so many bytes go to data extents, smaller ones to the arena.</summary>
    public int DataThresholdBytes { get; init; } = 4096;

    /// <summary>
    /// Freed data blocks rest so long before they are written again, in milliseconds, unless nothing else is free: neighbours that are freed
    /// one after the other become one free run first.
    /// </summary>
    public int DataAgeMs { get; init; } = 3_000;

    /// <summary>Whether freed data blocks are given back to the file system or device (DAOS: unmap).</summary>
    public Media.Trimming.TrimMode DataTrim { get; init; }

    /// <summary>How long after they became free, in milliseconds; what is written again meanwhile is not trimmed.</summary>
    public int DataTrimDelayMs { get; init; } = 10_000;

    /// <summary>Tests only: blocks that are looked at together; free runs of a sixteenth of it and more are trimmed.</summary>
    internal int DataTrimRegionBlocks { get; init; } = 256;

    /// <summary>
    /// Versions stay readable at least so long after they were replaced, in milliseconds; they go later, when space is short,
    /// and earlier only when an update would find no space otherwise.
    /// </summary>
    public int HistoryWindowMs { get; init; } = 20_000;

    /// <summary>Request class of background work (aggregation, reclaim, discard), as the owner's scheduler knows it; 0 for none of its own.</summary>
    public byte UpkeepClass { get; init; }

    /// <summary>
    /// A dkey punch that leaves an object empty punches the object too. Off as in DAOS: each dkey punch would read the whole object.
    /// </summary>
    public bool PunchSpreadsToObject { get; init; }

    /// <summary>So many committed transactions of a container are remembered at least, for resends (DAOS: 7 * 2^19).</summary>
    public int CommittedTransactionsMax { get; init; } = TransactionLimits.CommittedCountDefault;

    /// <summary>After so long a committed transaction may be forgotten, in milliseconds (DAOS: 630 s).</summary>
    public int CommittedTransactionsAgeMs { get; init; } = TransactionLimits.CommittedAgeMsDefault;

    /// <summary>No log and no checkpoint: everything is lost when the process ends. Never the default.</summary>
    public bool IsVolatile { get; init; }

    /// <summary>Media buffers of 1 MiB: the data of reads and writes under way together.</summary>
    public int MediaBufferCount { get; init; } = 16;

    /// <summary>Media buffers of 40 KiB: small reads of the data file under way together.</summary>
    public int SmallBufferCount { get; init; } = 64;

    /// <summary>A log block ends above so many bytes, a multiple of 4 KiB.</summary>
    public int LogBlockBytes { get; init; } = LogBlockBytesDefault;

    /// <summary>Log blocks under construction, waiting or being written; the bound of what is committed and not yet stable.</summary>
    public int LogBlockCount { get; init; } = 16;

    /// <summary>Log writes under way at once.</summary>
    public int LogWritesMax { get; init; } = 2;

    /// <summary>A checkpoint starts when so much of the log is in use, in percent.</summary>
    public int CheckpointLogPercent { get; init; } = 50;

    /// <summary>A checkpoint starts so long after the last one when something changed, in milliseconds.</summary>
    public int CheckpointIntervalMs { get; init; } = 30_000;

    /// <summary>
    /// How far the persistent ceiling of the clock lies ahead, in milliseconds. Below the tolerated clock offset (1 s), so that other
    /// nodes accept the time of an engine that opened above its ceiling after a crash.
    /// </summary>
    public int CeilingAheadMs { get; init; } = 900;

    /// <summary>
    /// Hears of each value that a read found damaged and that was not known to be, on the owner's thread. It returns at once.
    /// </summary>
    public Action<CorruptedValue>? OnCorrupted { get; init; }

    /// <summary>
    /// Counts what the shard meets of its device. Shards of one target on one device share one; by default a shard has its own.
    /// </summary>
    public Media.DeviceHealth Health { get; init; } = new();

    /// <summary>The same for the device of the log, when that is another one; null when it is not.</summary>
    public Media.DeviceHealth? WalHealth { get; init; }

    /// <summary>The same for the device of the metadata, when that is another one; null when it is not.</summary>
    public Media.DeviceHealth? MetaHealth { get; init; }

    /// <summary>
    /// Told once when a failed write or flush stops the shard, within the operation that met it, and not when its owner stops it. It returns at once.
    /// </summary>
    public Action? OnFault { get; init; }

    /// <summary>Hears of each change of <see cref="StoreShard.SpaceLevel"/>, on the owner's thread. It returns at once.</summary>
    public Action<Pressure.SpaceLevel>? OnSpaceLevel { get; init; }

    /// <summary>Compares the arena with a shadow after each transaction. Small arenas in tests only.</summary>
    public bool VerifyRanges { get; init; }

    /// <summary>Simulations only: every shard made with these options, so that a crash can free the memory of those it ended.</summary>
    internal List<StoreShard>? Made { get; init; }

    /// <summary>Tests only: called at every persist point, on the owner thread.</summary>
    internal Action<Media.PersistPoint>? OnPersist { get; init; }

    /// <summary>Tests only: which allocations fail.</summary>
    internal Func<Media.AllocationKind, bool>? OnAllocate { get; init; }

    /// <summary>Where the sentence of a failed creation or opening is left.</summary>
    public StoreReport Report { get; init; } = new();

    internal Media.DeviceHealth LogHealth => WalHealth ?? Health;

    internal Media.DeviceHealth MetadataHealth => MetaHealth ?? Health;

    /// <summary>Throws <see cref="ArgumentException"/> with the option's name, value and range.</summary>
    public StoreOptions Validate()
    {
        ArgumentException.ThrowIfNullOrEmpty(Path);
        CheckRange(ArenaReserveBytes, ArenaBytesMin, ArenaBytesMax, nameof(ArenaReserveBytes));
        CheckRange(LogBlockBytes, 4096, 4 << 20, nameof(LogBlockBytes));
        CheckMultiple(LogBlockBytes, 4096, nameof(LogBlockBytes));
        CheckRange(LogBlockCount, 4, 1024, nameof(LogBlockCount));
        CheckRange(LogWritesMax, 1, LogBlockCount, nameof(LogWritesMax));
        CheckRange(LogBytes, Math.Max(LogBytesMin, (long)LogBlocksMin * LogBlockBytes), LogBytesMax, nameof(LogBytes));
        CheckMultiple(LogBytes, 4096, nameof(LogBytes));
        CheckRange(DataBytes, DataBytesMin, DataBytesMax, nameof(DataBytes));
        CheckMultiple(DataBytes, 4096, nameof(DataBytes));
        CheckRange(DataThresholdBytes, 1, 32 << 10, nameof(DataThresholdBytes));
        CheckRange(DataAgeMs, 0, 3_600_000, nameof(DataAgeMs));
        CheckRange(DataTrimDelayMs, 0, 3_600_000, nameof(DataTrimDelayMs));
        CheckRange(HistoryWindowMs, 0, int.MaxValue, nameof(HistoryWindowMs));
        CheckRange(CommittedTransactionsMax, 1, 1 << 24, nameof(CommittedTransactionsMax));
        CheckRange(CommittedTransactionsAgeMs, 0, 1_830_000, nameof(CommittedTransactionsAgeMs));
        CheckRange(MediaBufferCount, 1, 4096, nameof(MediaBufferCount));
        CheckRange(SmallBufferCount, 1, 65536, nameof(SmallBufferCount));
        CheckRange(CheckpointLogPercent, 10, 75, nameof(CheckpointLogPercent));
        CheckRange(CheckpointIntervalMs, 1, 1 << 20, nameof(CheckpointIntervalMs));
        CheckRange(CeilingAheadMs, 100, 60_000, nameof(CeilingAheadMs));
        return this;
    }

    private static void CheckRange(long value, long least, long most, string name)
    {
        if (value < least || value > most)
        {
            throw new ArgumentException($"{name} is {value}; it must be {least} to {most}", name);
        }
    }

    private static void CheckMultiple(long value, long unit, string name)
    {
        if (value % unit != 0)
        {
            throw new ArgumentException($"{name} is {value}; it must be a multiple of {unit}", name);
        }
    }
}
