using Daos.Fabric.Store.Visibility;

namespace Daos.Fabric.Store.Reclaim;

/// <summary>
/// Takes away extents of a window that its last epoch does not show: punched, covered by newer ones, or holes over nothing. It remembers
/// where it stopped in a large array. Owned by one xstream.
/// </summary>
internal sealed unsafe class ExtentTrimmer(RecordFreer freer, StepBudget budget, UnstableEpochs unstable)
{
    private readonly TreeMemory _memory = freer.Memory;
    private readonly VisibleExtents _visible = new();
    private bool _isInside;
    private int _class;
    private ulong _start;
    private ulong _count;
    private VersionStamp _stamp;

    /// <summary>Forgets where it stopped: another array comes next.</summary>
    public void Reset() => _isInside = false;

    /// <summary>Trims an array; false when the budget ended first, and then it is to be called again for the same array.</summary>
    public bool Trim(ulong akey, VersionStamp hidden, EpochWindow window)
    {
        uint recordBytes = _memory.Read<KeyRecordDf>(akey)->RecordBytes;
        int first = _isInside ? _class : 0;
        for (int lengthClass = first; lengthClass < ExtentClassesDf.ClassesMax; lengthClass++)
        {
            bool resumes = _isInside && lengthClass == _class;
            if ((ArrayExtents.ClassesOf(_memory, akey) >> lengthClass & 1) != 0
                && !TrimClass(akey, lengthClass, recordBytes, hidden, window, resumes))
            {
                return false;
            }
        }

        _isInside = false;
        return true;
    }

    private bool TrimClass(ulong akey, int lengthClass, uint recordBytes, VersionStamp hidden, EpochWindow window, bool resumes)
    {
        Unsafe.SkipInit(out TreeCursor cursor);
        Aim(akey, lengthClass, ref cursor);
        bool more = resumes ? SeekAfterLast(ref cursor) : cursor.SeekFirst();
        while (more)
        {
            ulong record = cursor.Record;
            ExtentDf extent = *_memory.Read<ExtentDf>(record);
            _isInside = true;
            _class = lengthClass;
            _start = extent.Start;
            _count = extent.Count;
            _stamp = extent.Stamp;
            budget.Count();
            if (window.Contains(extent.Stamp) && IsUseless(akey, record, in extent, hidden, window))
            {
                ArrayExtents.Remove(_memory, akey, record);
                freer.FreeExtent(record, recordBytes);
                if ((ArrayExtents.ClassesOf(_memory, akey) >> lengthClass & 1) == 0)
                {
                    return true;
                }

                Aim(akey, lengthClass, ref cursor);
                more = SeekAfterLast(ref cursor);
            }
            else
            {
                more = cursor.MoveNext();
            }

            if (budget.IsSpent)
            {
                return false;
            }
        }

        return true;
    }

    private void Aim(ulong akey, int lengthClass, ref TreeCursor cursor) =>
        cursor.Reset(_memory.Arena, ArrayExtents.RootOf(_memory, akey, lengthClass));

    private bool SeekAfterLast(ref TreeCursor cursor)
    {
        if (!cursor.SeekAtLeast(new ExtentKey(_start, _count, _stamp)))
        {
            return false;
        }

        var extent = _memory.Read<ExtentDf>(cursor.Record);
        bool same = extent->Start == _start && extent->Count == _count && extent->Stamp == _stamp;
        return !same || cursor.MoveNext();
    }

    private bool IsUseless(ulong akey, ulong record, in ExtentDf extent, VersionStamp hidden, EpochWindow window)
    {
        if (extent.Stamp <= hidden)
        {
            return true;
        }

        // What is older than the window covers nothing in it.
        ReadView view = ReadView.UpTo(unstable, window.Last);
        if (_visible.Build(_memory, akey, VersionStamp.Max(hidden, window.Before), ref view, extent.Start, extent.End).IsError)
        {
            // Too much lies there for one look: leave it.
            return false;
        }

        foreach (ExtentFragment fragment in _visible.Fragments)
        {
            if (fragment.Extent == record)
            {
                return extent.Media == ValueMedia.Hole && !_visible.AnyOlder(_memory, akey, in extent);
            }
        }

        return true;
    }
}
