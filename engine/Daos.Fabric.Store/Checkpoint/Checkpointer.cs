using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Core.Checksums;
using Daos.Fabric.Reactor;
using Daos.Fabric.Store.Format;
using Daos.Fabric.Store.Journal;
using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store.Checkpoint;

/// <summary>
/// Writes the pages that changed since the last checkpoint to free slots, then the map pages, then one root that makes them count. Owned
/// by one owner thread; one checkpoint at a time, in small steps between which the shard works on.
/// </summary>
/// <remarks>
/// <code>
/// cut the log at S                     replay will start here
/// for each batch of changed pages:     copy (position P now), wait until P is stable, write to slots nobody needs
/// for each changed map page:           write to a free slot
/// flush the file                       everything the root names is durable
/// write the other root, durably        the flip: {S, largest P, directory}
/// free the replaced slots, trim the log to S
/// </code>
/// A page that changes again after its copy is marked again and belongs to the next checkpoint; replay from S repeats the change.
/// </remarks>
internal sealed class Checkpointer : IArenaBacking, IDisposable
{
    private const int BatchPages = 64;
    private const int PageBytes = DirtyPages.PageBytes;

    private readonly Arena _arena;
    private readonly MediaFile _meta;
    private readonly Superblock _superblock;
    private readonly PageMap _map;
    private readonly NativeSlab _batch = new(BatchPages * PageBytes);
    private readonly NativeSlab _root;
    private readonly long[] _pages = new long[BatchPages];
    private readonly long[] _slots = new long[BatchPages];
    private readonly IoGroup _writes;
    private ulong _logEnd;

    /// <param name="loop">Owner.</param>
    /// <param name="arena">What is checkpointed.</param>
    /// <param name="meta">Where to.</param>
    /// <param name="superblock">Identity and sizes.</param>
    /// <param name="map">Empty for a new store, else as loaded; freed with this.</param>
    /// <param name="sequence">Sequence of the root that was loaded.</param>
    internal Checkpointer(OwnerLoop loop, Arena arena, MediaFile meta, Superblock superblock, PageMap map, ulong sequence)
    {
        _writes = new IoGroup(loop);
        _arena = arena;
        _meta = meta;
        _superblock = superblock;
        _map = map;
        Sequence = sequence;
        _root = new NativeSlab((long)superblock.Values.RootAreaBytes);
    }

    /// <summary>Sequence of the last complete checkpoint.</summary>
    internal ulong Sequence { get; private set; }

    /// <summary>True while one is under way.</summary>
    internal bool IsRunning { get; private set; }

    /// <summary>Checkpoints completed.</summary>
    internal long Count { get; private set; }

    /// <summary>Pages written, map pages included.</summary>
    internal long WrittenPages { get; private set; }

    /// <summary>Tests only: told of each step.</summary>
    internal Action<PersistPoint>? OnPersist { get; init; }

    private DirtyPages Dirty => _arena.Dirty!;

    /// <inheritdoc/>
    public bool TryBack(ulong arenaBytes)
    {
        long wanted = MetaGeometry.SlotsFor(arenaBytes);
        if (wanted <= _map.SlotCount)
        {
            return true;
        }

        PersistProbe.Reach(OnPersist, PersistPoint.BeforeMetaGrowth);

        // Grown with room to spare where there is some, so that this blocking call is rare.
        long rootAreaBytes = (long)_superblock.Values.RootAreaBytes;
        long generous = wanted + MetaGeometry.SlotsStep;
        if (_meta.Grow(MetaGeometry.FileBytesFor(generous, rootAreaBytes)).IsSuccess)
        {
            wanted = generous;
        }
        else if (_meta.Grow(MetaGeometry.FileBytesFor(wanted, rootAreaBytes)).IsError)
        {
            return false;
        }

        PersistProbe.Reach(OnPersist, PersistPoint.AfterMetaGrowth);
        _map.GrowSlots(wanted);
        return true;
    }

    /// <summary>
    /// Makes a checkpoint of everything committed before the call and trims the log. DER_IO: the file failed and the shard must stop;
    /// the former checkpoint and the log are whole.
    /// </summary>
    /// <param name="log">The shard's log.</param>
    /// <param name="isClean">True for the last act of a clean shutdown.</param>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal async ValueTask<DerCode> RunAsync(LogWriter log, bool isClean)
    {
        Invariant.Check(!IsRunning);
        IsRunning = true;
        PersistProbe.Reach(OnPersist, PersistPoint.BeforeCheckpointBegin);
        ulong start = log.Cut();
        _logEnd = start;
        PersistProbe.Reach(OnPersist, PersistPoint.AfterCheckpointBegin);
        DerCode code = await WritePagesAsync(log);
        code = code.IsSuccess ? await WriteMapPagesAsync() : code;
        code = code.IsSuccess ? await log.WaitStableAsync(log.Appended) : code;
        PersistProbe.Reach(OnPersist, PersistPoint.BeforeCheckpointFlush);
        code = code.IsSuccess ? await _meta.FlushAsync() : code;
        PersistProbe.Reach(OnPersist, PersistPoint.AfterCheckpointFlush);
        code = code.IsSuccess ? await WriteRootAsync(start, isClean) : code;
        if (code.IsSuccess)
        {
            PersistProbe.Reach(OnPersist, PersistPoint.BeforeSlotsFreed);
            _map.Complete();
            PersistProbe.Reach(OnPersist, PersistPoint.AfterSlotsFreed);
            log.Trim(start);
            Count++;
        }

        IsRunning = false;
        return code;
    }

    /// <summary>Frees the buffers; no checkpoint may be under way.</summary>
    public void Dispose()
    {
        Invariant.Check(!IsRunning);
        FreeMemory();
    }

    /// <summary>The same when a crash ended a checkpoint.</summary>
    internal void FreeMemory()
    {
        _batch.Dispose();
        _root.Dispose();
        _map.Dispose();
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> WritePagesAsync(LogWriter log)
    {
        long cursor = 0;
        for (int count = Collect(Dirty, ref cursor); count > 0; count = Collect(Dirty, ref cursor))
        {
            TakeSlots(count);
            CopyPages(count);

            // The write-ahead rule: what these pages hold is in the log, and the log is stable, before they are written.
            LogPosition position = log.Appended;
            _logEnd = Math.Max(_logEnd, position.Value);
            DerCode code = await log.WaitStableAsync(position);
            PersistProbe.Reach(OnPersist, PersistPoint.BeforeCheckpointPages);
            code = code.IsSuccess ? await WriteBatchAsync(count) : code;
            PersistProbe.Reach(OnPersist, PersistPoint.AfterCheckpointPages);
            if (code.IsError)
            {
                return code;
            }
        }

        return DerCode.Success;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> WriteMapPagesAsync()
    {
        long cursor = 0;
        DirtyPages changed = _map.ChangedMapPages;
        for (int count = Collect(changed, ref cursor); count > 0; count = Collect(changed, ref cursor))
        {
            TakeSlots(count);
            CopyMapPages(count);
            PersistProbe.Reach(OnPersist, PersistPoint.BeforeCheckpointMap);
            DerCode code = await WriteBatchAsync(count);
            PersistProbe.Reach(OnPersist, PersistPoint.AfterCheckpointMap);
            if (code.IsError)
            {
                return code;
            }
        }

        return DerCode.Success;
    }

    // The next marked pages, which are unmarked: a change from here on marks them for the next checkpoint.
    private int Collect(DirtyPages marked, ref long cursor)
    {
        int count = 0;
        for (long page = marked.Next(cursor); page >= 0 && count < BatchPages; page = marked.Next(cursor))
        {
            marked.Clear(page);
            _pages[count++] = page;
            cursor = page + 1;
        }

        return count;
    }

    private void TakeSlots(int count)
    {
        for (int done = 0; done < count;)
        {
            long slot = _map.TakeRun(count - done, out int run);
            for (int i = 0; i < run; i++)
            {
                _slots[done + i] = slot + i;
            }

            done += run;
        }
    }

    private unsafe void CopyPages(int count)
    {
        for (int i = 0; i < count; i++)
        {
            byte* copy = _batch.Address + (i * PageBytes);
            Unsafe.CopyBlockUnaligned(copy, _arena.Raw((ulong)_pages[i] * PageBytes, PageBytes), PageBytes);
            uint checksum = Crc32C.Compute(new ReadOnlySpan<byte>(copy, PageBytes));
            _map.Cover(_pages[i] + 1);
            _map.Place(_pages[i], new PageEntryDf { Slot = (uint)_slots[i], Checksum = checksum });
        }
    }

    private unsafe void CopyMapPages(int count)
    {
        for (int i = 0; i < count; i++)
        {
            var copy = new Span<byte>(_batch.Address + (i * PageBytes), PageBytes);
            MemoryMarshal.AsBytes(_map.EntriesOf((int)_pages[i])).CopyTo(copy);
            _map.PlaceMapPage((int)_pages[i], new PageEntryDf { Slot = (uint)_slots[i], Checksum = Crc32C.Compute(copy) });
        }
    }

    // Neighbouring slots in one write; all writes of a batch under way together.
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> WriteBatchAsync(int count)
    {
        WrittenPages += count;
        for (int first = 0; first < count;)
        {
            int run = 1;
            while (first + run < count && _slots[first + run] == _slots[first] + run)
            {
                run++;
            }

            long offset = MetaGeometry.SlotOffset(_slots[first], (long)_superblock.Values.RootAreaBytes);
            _writes.Add(_meta.WriteAsync(BatchAddress(first), run * PageBytes, offset));
            first += run;
        }

        return await _writes.WaitAllAsync();
    }

    private unsafe nint BatchAddress(int page) => (nint)(_batch.Address + (page * PageBytes));

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> WriteRootAsync(ulong start, bool isClean)
    {
        int lengthBytes = FillRoot(start, isClean, out nint address);
        long rootAreaBytes = (long)_superblock.Values.RootAreaBytes;
        long offset = MetaGeometry.RootOffset((int)((Sequence + 1) % 2), rootAreaBytes);
        PersistProbe.Reach(OnPersist, PersistPoint.BeforeRootFlip);
        DerCode code = await _meta.WriteAsync(address, lengthBytes, offset, WriteMode.Durable);
        PersistProbe.Reach(OnPersist, PersistPoint.AfterRootFlip);
        Sequence += code.IsSuccess ? 1UL : 0;
        return code;
    }

    private unsafe int FillRoot(ulong start, bool isClean, out nint address)
    {
        var root = (CheckpointRootDf*)_root.Address;
        int used = CheckpointRootDf.SizeBytes + (_map.MapPageCount * PageEntryDf.SizeBytes);
        int lengthBytes = (used + PageBytes - 1) / PageBytes * PageBytes;
        new Span<byte>(_root.Address, lengthBytes).Clear();
        root->Magic = CheckpointRootDf.MagicValue;
        root->Version = CheckpointRootDf.VersionValue;
        root->Flags = isClean ? CheckpointRootDf.FlagClean : 0;
        root->Sequence = Sequence + 1;
        root->LogStart = start;
        root->LogEnd = _logEnd;
        root->Generation = _superblock.Values.Generation;
        root->ArenaPages = (ulong)_map.PageCount;
        root->MapPages = (uint)_map.MapPageCount;
        _superblock.Values.Id.TryWriteBytes(new Span<byte>(root->StoreId, 16), bigEndian: true, out _);
        var directory = (PageEntryDf*)(_root.Address + CheckpointRootDf.SizeBytes);
        for (int i = 0; i < _map.MapPageCount; i++)
        {
            directory[i] = _map.Directory(i);
        }

        root->Checksum = Crc32C.Compute(new ReadOnlySpan<byte>(_root.Address, used));
        address = (nint)_root.Address;
        return lengthBytes;
    }
}
