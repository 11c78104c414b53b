using Daos.Fabric.Store.Format;

namespace Daos.Fabric.Store.Checkpoint;

/// <summary>
/// Places in the file meta: superblock copies at 0 and 64 KiB, two root areas from 128 KiB on, then slots of one page each, numbered from
/// 1. Pure.
/// </summary>
internal static class MetaGeometry
{
    /// <summary>Where the first root area starts.</summary>
    internal const long RootsOffset = 2 * SuperblockDf.CopyDistanceBytes;

    /// <summary>Slots that the file grows by beyond what is needed at once.</summary>
    internal const long SlotsStep = 2048;

    /// <summary>Size of one root area for the largest size that an arena can reach.</summary>
    internal static long RootAreaBytesFor(long arenaReserveBytes)
    {
        long pages = (arenaReserveBytes + DirtyPages.PageBytes - 1) / DirtyPages.PageBytes;
        long bytes = CheckpointRootDf.SizeBytes + (MapPagesFor(pages) * PageEntryDf.SizeBytes);
        return (bytes + DirtyPages.PageBytes - 1) / DirtyPages.PageBytes * DirtyPages.PageBytes;
    }

    /// <summary>An arena can be given up to so many times the capacity that it was formatted with.</summary>
    internal const int GrowthMax = 4;

    /// <summary>The largest arena that a shard of this capacity may be given later.</summary>
    internal static long ArenaLimitBytesFor(long arenaReserveBytes) => Math.Min(GrowthMax * arenaReserveBytes, StoreOptions.ArenaBytesMax);

    /// <summary>The largest arena whose map pages a root area can name.</summary>
    internal static long ArenaBytesOf(long rootAreaBytes) =>
        (rootAreaBytes - CheckpointRootDf.SizeBytes) / PageEntryDf.SizeBytes * PageEntryDf.PerMapPage * DirtyPages.PageBytes;

    /// <summary>Map pages that cover so many arena pages.</summary>
    internal static long MapPagesFor(long arenaPages) => (arenaPages + PageEntryDf.PerMapPage - 1) / PageEntryDf.PerMapPage;

    /// <summary>Where a root area starts.</summary>
    internal static long RootOffset(int area, long rootAreaBytes) => RootsOffset + (area * rootAreaBytes);

    /// <summary>Where a slot starts.</summary>
    internal static long SlotOffset(long slot, long rootAreaBytes) =>
        RootsOffset + (2 * rootAreaBytes) + ((slot - 1) * DirtyPages.PageBytes);

    /// <summary>Size of a file with so many slots.</summary>
    internal static long FileBytesFor(long slots, long rootAreaBytes) => SlotOffset(slots + 1, rootAreaBytes);

    /// <summary>
    /// Slots that every checkpoint of an arena of this size finds room in: each page and map page twice, since the last complete
    /// checkpoint keeps its own.
    /// </summary>
    internal static long SlotsFor(ulong arenaBytes)
    {
        long pages = (long)((arenaBytes + DirtyPages.PageBytes - 1) / DirtyPages.PageBytes);
        return 2 * (pages + MapPagesFor(pages));
    }
}
