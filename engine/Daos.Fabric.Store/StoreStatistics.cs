namespace Daos.Fabric.Store;

/// <summary>Figures of a shard since it was opened. A copy; any thread may keep it.</summary>
/// <param name="Transactions">Transactions committed.</param>
/// <param name="LogBlocks">Log blocks written: transactions per block is the size of a group commit.</param>
/// <param name="LogBytes">Bytes of log blocks written.</param>
/// <param name="LogUsedBytes">Bytes of the log that recovery would read now.</param>
/// <param name="LogWaits">Updates that had to wait for room in the log.</param>
/// <param name="Checkpoints">Checkpoints completed.</param>
/// <param name="CheckpointPages">Pages of 4 KiB that they wrote.</param>
/// <param name="DirtyPages">Pages changed since the last one.</param>
/// <param name="DataReadBytes">Bytes read from the data file.</param>
/// <param name="DataWrittenBytes">Bytes written to the data file.</param>
/// <param name="DataFlushes">Flushes of the data file.</param>
/// <param name="ArenaLiveBytes">Metadata in use.</param>
/// <param name="ChecksumErrors">Stored chunks that did not fit their checksum when they were read.</param>
/// <param name="CorruptedValues">Values that were marked as corrupted.</param>
/// <param name="ArenaBackedBytes">Bytes of the arena that take memory: used once, and not given back since.</param>
/// <param name="SlowedUpdates">Updates that were held back because space was short.</param>
/// <param name="SlowedNs">How long all of them together, in ns.</param>
/// <param name="BlockWaits">Values that found no blocks in the data space and waited for some.</param>
/// <param name="TrimmedBytes">Freed data blocks given back to the file system or device, in bytes.</param>
/// <param name="FailedTrims">Ranges that could not be given back; nothing else is wrong then.</param>
/// <param name="ScatteredValues">Single values that were scattered over several runs of blocks, because no single one held them.</param>
public readonly record struct StoreStatistics(
    long Transactions,
    long LogBlocks,
    long LogBytes,
    long LogUsedBytes,
    long LogWaits,
    long Checkpoints,
    long CheckpointPages,
    long DirtyPages,
    long DataReadBytes,
    long DataWrittenBytes,
    long DataFlushes,
    long ArenaLiveBytes,
    long ChecksumErrors,
    long CorruptedValues,
    long ArenaBackedBytes,
    long SlowedUpdates,
    long SlowedNs,
    long BlockWaits,
    long TrimmedBytes,
    long FailedTrims,
    long ScatteredValues);
