using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Listing;
using Daos.Fabric.Store.Reclaim;
using Daos.Fabric.Store.Visibility;

namespace Daos.Fabric.Store.Aggregation;

/// <summary>
/// Looks through an array, in steps, for extents of a window that are worth putting together: neighbours that are small, and what is left
/// of an extent of which at most half shows. What an earlier merge made is large, or has no neighbour, and is left alone. Owned by one
/// xstream.
/// </summary>
internal sealed unsafe class MergeScan(ObjectStore store, StepBudget budget)
{
    private readonly TreeMemory _memory = store.Memory;
    // Extents looked at for the next place with data before the search goes on from where it is.
    private const int SeekVisitsMax = 1024;

    private readonly ExtentWindows _windows = new(store.Memory);
    private readonly VisibleExtents _visible = new();
    private readonly VisibleExtents _whole = new();
    private ulong _at;
    private ulong _lastExtent;
    private bool _lastIsWasteful;

    /// <summary>What was found.</summary>
    public MergeRun Run { get; } = new(store.Memory);

    /// <summary>Another array comes next.</summary>
    public void Reset()
    {
        _at = 0;
        _lastExtent = 0;
    }

    /// <summary>Goes on behind what was found last.</summary>
    /// <param name="akey">The array.</param>
    /// <param name="hidden">The newest punch at the window's end, of the akey or above it.</param>
    /// <param name="window">Whose extents are looked at.</param>
    public MergeSearch Next(ulong akey, VersionStamp hidden, EpochWindow window)
    {
        uint recordBytes = _memory.Read<KeyRecordDf>(akey)->RecordBytes;
        if (recordBytes == 0 || recordBytes > AggregationLimits.LargeBytes)
        {
            return MergeSearch.None;
        }

        // A record may have been freed and another put in its place since the last call.
        _lastExtent = 0;
        ulong span = AggregationLimits.MergedBytesMax / recordBytes;
        VersionStamp under = VersionStamp.Max(hidden, window.Before);
        while (SeekFrom(akey, ref _at))
        {
            if (budget.IsSpent)
            {
                return MergeSearch.Unfinished;
            }

            budget.Count();
            ulong side = _at < ObjectLimits.ParityBit ? ObjectLimits.ParityBit : ulong.MaxValue;
            ulong end = _windows.EndOf(akey, _at, side - _at > span ? _at + span : side);
            ReadView view = ReadView.UpTo(store.Unstable, window.Last);
            if (_visible.Build(_memory, akey, under, ref view, _at, end).IsError)
            {
                // Too much lies there for one look.
                _at = end;
                continue;
            }

            if (FindIn(akey, under, window, end))
            {
                return MergeSearch.Found;
            }
        }

        return MergeSearch.None;
    }

    // Moves to where data is; holes may reach over all there ever can be.
    private bool SeekFrom(ulong akey, ref ulong at)
    {
        ulong first = ulong.MaxValue;
        int visitsLeft = SeekVisitsMax;
        for (uint classes = ArrayExtents.ClassesOf(_memory, akey); classes != 0 && first > at; classes &= classes - 1)
        {
            int lengthClass = System.Numerics.BitOperations.TrailingZeroCount(classes);
            ulong reach = ExtentClassesDf.CountMaxOf(lengthClass) - 1;
            Unsafe.SkipInit(out TreeCursor cursor);
            cursor.Reset(_memory.Arena, ArrayExtents.RootOf(_memory, akey, lengthClass));
            bool more = cursor.SeekAtLeast(new ExtentKey(at - Math.Min(at, reach), 0, VersionStamp.Zero));
            for (; more; more = cursor.MoveNext())
            {
                var extent = _memory.Read<ExtentDf>(cursor.Record);
                if (visitsLeft-- == 0)
                {
                    return true;
                }

                if (extent->Media != ValueMedia.Hole && extent->End > at)
                {
                    first = Math.Min(first, Math.Max(extent->Start, at));
                    break;
                }
            }
        }

        at = first;
        return first != ulong.MaxValue;
    }

    private bool FindIn(ulong akey, VersionStamp under, EpochWindow window, ulong end)
    {
        ulong began = _at;
        Run.Clear(_memory.Read<KeyRecordDf>(akey)->RecordBytes);
        foreach (ExtentFragment fragment in _visible.Fragments)
        {
            budget.Count();
            bool isSource = fragment.Extent != 0 && !fragment.IsHole && IsSource(akey, under, window, fragment.Extent);
            if (isSource && Run.TryAdd(in fragment))
            {
                continue;
            }

            if (IsWorthIt(akey, under, window))
            {
                _at = Run.End;
                return true;
            }

            Run.Clear(Run.RecordBytes);
            if (isSource)
            {
                Run.TryAdd(in fragment);
            }
        }

        if (!Run.IsEmpty && Run.Start > began && Run.End == end)
        {
            // It may go on behind what was looked at.
            _at = Run.Start;
            return false;
        }

        _at = end;
        return IsWorthIt(akey, under, window);
    }

    private bool IsWorthIt(ulong akey, VersionStamp under, EpochWindow window) =>
        !Run.IsEmpty && (Run.Sources.Length > 1 || IsWasteful(akey, under, window, Run.Sources[0].Record));

    private bool IsSource(ulong akey, VersionStamp under, EpochWindow window, ulong record)
    {
        var extent = _memory.Read<ExtentDf>(record);
        bool isSmall = (extent->Count * Run.RecordBytes) < AggregationLimits.LargeBytes;
        return !extent->Integrity.IsCorrupted
            && extent->Transaction == 0
            && extent->Minor < ushort.MaxValue
            && (isSmall || IsWasteful(akey, under, window, record));
    }

    // At most half of it shows.
    private bool IsWasteful(ulong akey, VersionStamp under, EpochWindow window, ulong record)
    {
        if (record == _lastExtent)
        {
            return _lastIsWasteful;
        }

        var extent = _memory.Read<ExtentDf>(record);
        ReadView view = ReadView.UpTo(store.Unstable, window.Last);
        ulong shown = extent->Count;
        if (_whole.Build(_memory, akey, under, ref view, extent->Start, extent->End).IsSuccess)
        {
            shown = 0;
            foreach (ExtentFragment fragment in _whole.Fragments)
            {
                budget.Count();
                shown += fragment.Extent == record ? fragment.End - fragment.Start : 0;
            }
        }

        _lastExtent = record;
        _lastIsWasteful = shown <= extent->Count / 2;
        return _lastIsWasteful;
    }
}
