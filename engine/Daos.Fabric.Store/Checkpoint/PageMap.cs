using Daos.Fabric.Store.Format;
using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store.Checkpoint;

/// <summary>
/// The shadow map: in which slot of the file meta each arena page and each map page lies, which slots are free, and which become free
/// once the checkpoint under way is complete. Its tables have room for an arena grown to its end. Owned by one owner thread.
/// </summary>
internal sealed class PageMap : IDisposable
{
    private readonly NativeTable<PageEntryDf> _pages;
    private readonly NativeTable<PageEntryDf> _directory;
    private readonly NativeTable<uint> _retired;
    private readonly DirtyPages _changedMapPages;
    private readonly FreeBlocks _slots;
    private readonly long _slotsMax;
    private long _slotCount;
    private long _retiredCount;
    private long _next = 1;

    /// <param name="arenaBytesMax">Size of the arena grown to its end.</param>
    internal PageMap(ulong arenaBytesMax)
    {
        long mapPages = MetaGeometry.MapPagesFor((long)arenaBytesMax / DirtyPages.PageBytes);
        _pages = new NativeTable<PageEntryDf>(mapPages * PageEntryDf.PerMapPage);
        _directory = new NativeTable<PageEntryDf>(mapPages);
        _retired = new NativeTable<uint>(_pages.Length + mapPages);
        _changedMapPages = new DirtyPages(mapPages);
        _slotsMax = MetaGeometry.SlotsFor(arenaBytesMax) + MetaGeometry.SlotsStep;
        _slots = new FreeBlocks(1, _slotsMax + 1);
    }

    /// <summary>Arena pages that the map covers.</summary>
    internal long PageCount { get; private set; }

    /// <summary>Entries of the directory.</summary>
    internal int MapPageCount => (int)MetaGeometry.MapPagesFor(PageCount);

    /// <summary>Slots in the file.</summary>
    internal long SlotCount => _slotCount;

    /// <summary>Slots free now.</summary>
    internal long FreeSlots => _slots.Count;

    /// <summary>Map pages whose entries changed since they were written.</summary>
    internal DirtyPages ChangedMapPages => _changedMapPages;

    /// <summary>The entry of an arena page; slot 0 when it was never written.</summary>
    internal PageEntryDf this[long page] => page < PageCount ? _pages[page] : default;

    /// <summary>The entry of a map page.</summary>
    internal ref PageEntryDf Directory(int mapPage) => ref _directory[mapPage];

    /// <summary>The 512 entries that one map page holds.</summary>
    internal ReadOnlySpan<PageEntryDf> EntriesOf(int mapPage) =>
        _pages.Slice((long)mapPage * PageEntryDf.PerMapPage, PageEntryDf.PerMapPage);

    /// <summary>Covers at least so many arena pages.</summary>
    internal void Cover(long pages) => PageCount = Math.Max(PageCount, pages);

    /// <summary>The file has so many slots now; the new ones are free. Those beyond what the largest arena needs are not used.</summary>
    internal void GrowSlots(long count)
    {
        count = Math.Min(count, _slotsMax);
        if (count > _slotCount)
        {
            _slots.Grow(count + 1);
            _slots.Add(_slotCount + 1, count - _slotCount);
            _slotCount = count;
        }
    }

    /// <summary>Takes a run of at most so many free slots, as long as one is to be had. Returns its first slot.</summary>
    internal long TakeRun(int wanted, out int count)
    {
        for (count = wanted; count > 0; count /= 2)
        {
            long slot = _slots.Find(count, _next);
            if (slot >= 0)
            {
                _slots.Remove(slot, count);
                _next = slot + count;
                return slot;
            }
        }

        throw new InvariantException("the checkpoint file has no free slot although the arena's growth was backed");
    }

    /// <summary>A page was given a new place; its old one becomes free when the checkpoint is complete.</summary>
    internal void Place(long page, PageEntryDf entry)
    {
        Retire(_pages[page]);
        _pages[page] = entry;
        _changedMapPages.MarkPage((ulong)(page / PageEntryDf.PerMapPage));
    }

    /// <summary>The same for a map page.</summary>
    internal void PlaceMapPage(int mapPage, PageEntryDf entry)
    {
        Retire(_directory[mapPage]);
        _directory[mapPage] = entry;
    }

    /// <summary>The checkpoint is complete: slots that only the one before needed are free.</summary>
    internal void Complete()
    {
        for (long i = 0; i < _retiredCount; i++)
        {
            _slots.Add(_retired[i], 1);
        }

        _retiredCount = 0;
    }

    /// <summary>Frees the tables.</summary>
    public void Dispose()
    {
        _pages.Dispose();
        _directory.Dispose();
        _retired.Dispose();
        _changedMapPages.Dispose();
        _slots.Dispose();
    }

    /// <summary>Takes over an entry of a directory read from media; false when its slot is taken or does not exist.</summary>
    internal bool TryLoadMapPage(int mapPage, PageEntryDf entry)
    {
        _directory[mapPage] = entry;
        return TryClaim(entry.Slot);
    }

    /// <summary>Takes over the entry of a page read from media; false when its slot is taken or does not exist.</summary>
    internal bool TryLoadPage(long page, PageEntryDf entry)
    {
        _pages[page] = entry;
        return TryClaim(entry.Slot);
    }

    private bool TryClaim(uint slot)
    {
        if (slot == 0)
        {
            return true;
        }

        if (slot > _slotCount || !_slots.IsFree(slot))
        {
            return false;
        }

        _slots.Remove(slot, 1);
        return true;
    }

    private void Retire(PageEntryDf entry)
    {
        if (entry.Slot != 0)
        {
            _retired[_retiredCount++] = entry.Slot;
        }
    }
}
