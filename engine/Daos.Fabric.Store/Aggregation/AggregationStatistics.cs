namespace Daos.Fabric.Store.Aggregation;

/// <summary>What aggregation did since the shard was opened. A copy; any thread may keep it.</summary>
/// <param name="Passes">Ways through all containers that came to their end.</param>
/// <param name="FreedRecords">Versions, extents, events and keys taken away.</param>
/// <param name="MergedExtents">Extents that others were put together from, or that were written again because little of them showed.</param>
/// <param name="Merges">Extents written for them.</param>
/// <param name="MergedBytes">Bytes of those.</param>
/// <param name="MovedBytes">Of those the bytes that lie in the data file now.</param>
/// <param name="SkippedMerges">Merges given up: no space, or the array changed meanwhile.</param>
/// <param name="ChecksumErrors">Merges given up because a source was damaged; it is marked.</param>
/// <param name="Settled">Containers that were passed over, because nothing was written in them since the last way through.</param>
public readonly record struct AggregationStatistics(
    long Passes,
    long FreedRecords,
    long MergedExtents,
    long Merges,
    long MergedBytes,
    long MovedBytes,
    long SkippedMerges,
    long ChecksumErrors,
    long Settled);
