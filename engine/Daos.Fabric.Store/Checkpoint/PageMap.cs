using Daos.Fabric.Store.Format;
using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store.Checkpoint;

/// <summary>
/// The shadow map: in which slot of the file meta each arena page and each map page lies, which slots are free, and which become free
/// once the checkpoint under way is complete. Owned by one owner thread.
/// </summary>
internal sealed class PageMap
{
    private PageEntryDf[] _pages = new PageEntryDf[PageEntryDf.PerMapPage];
    private PageEntryDf[] _directory = new PageEntryDf[1];
    private readonly DirtyPages _changedMapPages = new(64);
    private readonly Queue<uint> _retired = new();
    private readonly FreeBlocks _slots = new(1);
    private long _slotCount;
    private long _next = 1;

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
    internal PageEntryDf this[long page] => page < _pages.Length ? _pages[page] : default;

    /// <summary>The entry of a map page.</summary>
    internal ref PageEntryDf Directory(int mapPage) => ref _directory[mapPage];

    /// <summary>The 512 entries that one map page holds.</summary>
    internal ReadOnlySpan<PageEntryDf> EntriesOf(int mapPage) =>
        _pages.AsSpan(mapPage * PageEntryDf.PerMapPage, PageEntryDf.PerMapPage);

    /// <summary>Covers at least so many arena pages.</summary>
    internal void Cover(long pages)
    {
        if (pages <= PageCount)
        {
            return;
        }

        PageCount = pages;
        int mapPages = MapPageCount;
        if (mapPages > _directory.Length)
        {
            int capacity = Math.Max(mapPages, _directory.Length * 2);
            Array.Resize(ref _directory, capacity);
            Array.Resize(ref _pages, capacity * PageEntryDf.PerMapPage);
        }
    }

    /// <summary>The file has so many slots now; the new ones are free.</summary>
    internal void GrowSlots(long count)
    {
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
        while (_retired.TryDequeue(out uint slot))
        {
            _slots.Add(slot, 1);
        }
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
            _retired.Enqueue(entry.Slot);
        }
    }
}
