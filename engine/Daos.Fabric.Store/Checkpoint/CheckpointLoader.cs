using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Core.Checksums;
using Daos.Fabric.Reactor;
using Daos.Fabric.Store.Format;
using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store.Checkpoint;

/// <summary>
/// Recovery's first half: takes the newest good root, reads its map and its pages straight into the arena, and verifies every checksum.
/// Writes nothing. Owned by one owner thread.
/// </summary>
internal sealed class CheckpointLoader : IDisposable
{
    private const int PageBytes = DirtyPages.PageBytes;
    private const int RunPagesMax = 256;
    private const int ReadsMax = 32;

    private readonly MediaFile _meta;
    private readonly Arena _arena;
    private readonly Guid _storeId;
    private readonly long _rootAreaBytes;
    private readonly StoreReport _report;
    private readonly NativeSlab _roots;
    private readonly NativeSlab _mapPage = new(PageBytes);
    private readonly IoGroup _reads;

    internal CheckpointLoader(OwnerLoop loop, MediaFile meta, Arena arena, Superblock superblock, StoreReport report)
    {
        _reads = new IoGroup(loop);
        _meta = meta;
        _arena = arena;
        _storeId = superblock.Values.Id;
        _rootAreaBytes = (long)superblock.Values.RootAreaBytes;
        _report = report;
        _roots = new NativeSlab(2 * _rootAreaBytes);
        Map = new PageMap(arena.LimitBytes);
    }

    /// <summary>Head of the root that was taken.</summary>
    internal CheckpointRootDf Root { get; private set; }

    /// <summary>Where the pages lie.</summary>
    internal PageMap Map { get; private set; }

    /// <summary>Pages read.</summary>
    internal long Pages { get; private set; }

    /// <summary>Loads it. DER_DF_INVAL: no good root, or a page that the root names is damaged; DER_IO.</summary>
    /// <param name="metaBytes">Size of the file.</param>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal async ValueTask<DerCode> RunAsync(long metaBytes)
    {
        DerCode code = await _meta.ReadAsync(RootsAddress(), (int)_roots.LengthBytes, MetaGeometry.RootsOffset);
        if (code.IsError)
        {
            return _report.Fail(code, $"The checkpoint's roots in {_meta.Path} cannot be read: {code.Text}. Check the device.");
        }

        int area = ChooseRoot();
        if (area < 0)
        {
            return _report.Fail(
                DerCode.DfInval, $"Both checkpoint roots in {_meta.Path} are damaged (bad checksum). Restore the file from a copy.");
        }

        long slots = (metaBytes - MetaGeometry.SlotOffset(1, _rootAreaBytes)) / PageBytes;
        Map.GrowSlots(slots);
        Map.Cover((long)Root.ArenaPages);
        code = await LoadMapAsync(area);
        return code.IsSuccess ? await LoadPagesAsync() : code;
    }

    /// <summary>Hands the map over: the caller frees it from now on.</summary>
    internal PageMap TakeMap()
    {
        PageMap map = Map;
        Map = null!;
        return map;
    }

    /// <summary>Frees the buffers, and the map when nobody took it.</summary>
    public void Dispose()
    {
        Map?.Dispose();
        _roots.Dispose();
        _mapPage.Dispose();
    }

    private unsafe nint RootsAddress() => (nint)_roots.Address;

    private unsafe nint MapPageAddress() => (nint)_mapPage.Address;

    private unsafe nint PageAddress(long page) => (nint)_arena.Raw((ulong)page * PageBytes, PageBytes);

    private unsafe CheckpointRootDf* RootOf(int area) => (CheckpointRootDf*)(_roots.Address + (area * _rootAreaBytes));

    private unsafe int ChooseRoot()
    {
        int best = -1;
        for (int area = 0; area < 2; area++)
        {
            if (IsGood(RootOf(area)) && (best < 0 || RootOf(area)->Sequence > RootOf(best)->Sequence))
            {
                best = area;
            }
        }

        if (best >= 0)
        {
            Root = *RootOf(best);
        }

        return best;
    }

    private unsafe bool IsGood(CheckpointRootDf* root)
    {
        long used = CheckpointRootDf.SizeBytes + ((long)root->MapPages * PageEntryDf.SizeBytes);
        bool shape = root->Magic == CheckpointRootDf.MagicValue
            && root->Version == CheckpointRootDf.VersionValue
            && used <= _rootAreaBytes
            && root->ArenaPages <= (ulong)root->MapPages * PageEntryDf.PerMapPage
            && root->ArenaPages * PageBytes <= _arena.CapacityBytes
            && new Guid(new ReadOnlySpan<byte>(root->StoreId, 16), bigEndian: true) == _storeId;
        if (!shape)
        {
            return false;
        }

        CheckpointRootDf head = *root;
        head.Checksum = 0;
        uint checksum = Crc32C.Compute(new ReadOnlySpan<byte>(&head, CheckpointRootDf.SizeBytes));
        int directoryBytes = (int)used - CheckpointRootDf.SizeBytes;
        checksum = Crc32C.Append(checksum, new ReadOnlySpan<byte>((byte*)root + CheckpointRootDf.SizeBytes, directoryBytes));
        return checksum == root->Checksum;
    }

    private unsafe PageEntryDf DirectoryEntry(int area, int mapPage) =>
        ((PageEntryDf*)((byte*)RootOf(area) + CheckpointRootDf.SizeBytes))[mapPage];

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> LoadMapAsync(int area)
    {
        for (int mapPage = 0; mapPage < Map.MapPageCount; mapPage++)
        {
            PageEntryDf entry = DirectoryEntry(area, mapPage);
            if (!Map.TryLoadMapPage(mapPage, entry))
            {
                return Damaged($"map page {mapPage} names slot {entry.Slot}, which is taken or does not exist");
            }

            if (entry.Slot == 0)
            {
                continue;
            }

            long offset = MetaGeometry.SlotOffset(entry.Slot, _rootAreaBytes);
            DerCode code = await _meta.ReadAsync(MapPageAddress(), PageBytes, offset);
            if (code.IsError)
            {
                return _report.Fail(code, $"{_meta.Path} cannot be read at {offset}: {code.Text}. Check the device.");
            }

            code = TakeMapPage(mapPage, entry);
            if (code.IsError)
            {
                return code;
            }
        }

        return DerCode.Success;
    }

    private unsafe DerCode TakeMapPage(int mapPage, PageEntryDf entry)
    {
        if (Crc32C.Compute(new ReadOnlySpan<byte>(_mapPage.Address, PageBytes)) != entry.Checksum)
        {
            return Damaged($"map page {mapPage} in slot {entry.Slot} has a bad checksum");
        }

        var entries = (PageEntryDf*)_mapPage.Address;
        long first = (long)mapPage * PageEntryDf.PerMapPage;
        for (int i = 0; i < PageEntryDf.PerMapPage && first + i < Map.PageCount; i++)
        {
            if (!Map.TryLoadPage(first + i, entries[i]))
            {
                return Damaged($"page {first + i} names slot {entries[i].Slot}, which is taken or does not exist");
            }
        }

        return DerCode.Success;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> LoadPagesAsync()
    {
        if (!_arena.TryGrow((ulong)Map.PageCount * PageBytes))
        {
            return _report.Fail(DerCode.NoMemory, $"There is no memory for {Map.PageCount * PageBytes} bytes of metadata.");
        }

        for (long page = 0; page < Map.PageCount;)
        {
            int run = RunFrom(page);
            if (Map[page].Slot == 0)
            {
                page++;
                continue;
            }

            _reads.Add(LoadRunAsync(page, run));
            page += run;
            DerCode code = await _reads.WaitBelowAsync(ReadsMax);
            if (code.IsError)
            {
                break;
            }
        }

        // Also after a failure: the arena may be freed only when nothing reads into it any more.
        DerCode all = await _reads.WaitAllAsync();
        return all.IsSuccess ? VerifyHeader() : all;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> LoadRunAsync(long page, int run)
    {
        long offset = MetaGeometry.SlotOffset(Map[page].Slot, _rootAreaBytes);
        DerCode code = await _meta.ReadAsync(PageAddress(page), run * PageBytes, offset);
        if (code.IsError)
        {
            return _report.Fail(code, $"{_meta.Path} cannot be read at {offset}: {code.Text}. Check the device.");
        }

        Pages += run;
        return Verify(page, run);
    }

    // Pages that lie side by side in both places are read at once.
    private int RunFrom(long page)
    {
        int run = 1;
        while (run < RunPagesMax && page + run < Map.PageCount && Map[page + run].Slot == Map[page].Slot + (uint)run)
        {
            run++;
        }

        return run;
    }

    private unsafe DerCode Verify(long page, int run)
    {
        for (int i = 0; i < run; i++)
        {
            uint checksum = Crc32C.Compute(new ReadOnlySpan<byte>((byte*)PageAddress(page + i), PageBytes));
            if (checksum != Map[page + i].Checksum)
            {
                return Damaged($"page {page + i} in slot {Map[page + i].Slot} has a bad checksum");
            }
        }

        return DerCode.Success;
    }

    private unsafe DerCode VerifyHeader()
    {
        ArenaHeaderDf* header = _arena.Header;
        bool good = header->Magic == ArenaHeaderDf.MagicValue
            && header->Version == ArenaHeaderDf.VersionValue
            && header->UsedBytes >= Arena.FirstSlab
            && header->UsedBytes <= _arena.CapacityBytes;
        return good ? DerCode.Success : Damaged("the arena's header makes no sense");
    }

    private DerCode Damaged(string what) => _report.Fail(
        DerCode.DfInval, $"The checkpoint in {_meta.Path} is damaged: {what}. Nothing was changed. Restore the file from a copy.");
}
