namespace Daos.Fabric.Store.Reclaim;

/// <summary>
/// Takes away what the last epoch of a window does not show: versions of single values and events of incarnation logs. Owned by one
/// xstream.
/// </summary>
internal sealed unsafe class VersionTrimmer(RecordFreer freer, StepBudget budget)
{
    private readonly TreeMemory _memory = freer.Memory;

    /// <summary>Trims a single value; false when the budget ended first, and then it is to be called again.</summary>
    /// <param name="akey">The akey's record.</param>
    /// <param name="hidden">The newest punch at the window's end, of the akey or above it.</param>
    /// <param name="window">Where versions are taken away.</param>
    public bool TrimSingle(ulong akey, VersionStamp hidden, EpochWindow window)
    {
        ulong newest = _memory.Read<KeyRecordDf>(akey)->Below;
        if (newest == 0)
        {
            return true;
        }

        ulong historyWord = akey + KeyRecordDf.HistoryOffset;
        VersionStamp stamp = _memory.Read<VersionDf>(newest)->Stamp;
        if (stamp > window.Last)
        {
            return TrimHistory(historyWord, hidden, window);
        }

        if (stamp < window.First)
        {
            return true;
        }

        if (!SingleVersions.RemoveBetween(_memory, freer, budget, historyWord, window.First, window.Last))
        {
            return false;
        }

        if (stamp <= hidden)
        {
            SingleVersions.RemoveNewest(_memory, freer, akey);
        }

        return true;
    }

    /// <summary>Trims an incarnation log, after everything below its owner was trimmed in the same window.</summary>
    /// <param name="log">Offset of the log.</param>
    /// <param name="hiddenAbove">The newest punch at the window's end, of the entities above.</param>
    /// <param name="window">Where events are taken away.</param>
    public TrimOutcome TrimEvents(ulong log, VersionStamp hiddenAbove, EpochWindow window)
    {
        IncarnationDf root = *_memory.Read<IncarnationDf>(log);
        if (root.Newest.Kind == IncarnationKind.None)
        {
            return TrimOutcome.Empty;
        }

        Choose(in root, hiddenAbove, window, out VersionStamp create, out VersionStamp punch);
        if (!RemoveOlderEvents(log + IncarnationDf.OlderOffset, window, create, punch))
        {
            return TrimOutcome.Unfinished;
        }

        VersionStamp newest = root.Newest.Stamp;
        return window.Contains(newest) && newest != create && newest != punch
            ? IncarnationEvents.RemoveNewest(_memory, freer, log)
            : TrimOutcome.Kept;
    }

    // What the end of the window needs: the creation that lives then, and the punch that hides what earlier windows left.
    private void Choose(in IncarnationDf root, VersionStamp hiddenAbove, EpochWindow window, out VersionStamp create, out VersionStamp punch)
    {
        create = VersionStamp.Zero;
        punch = VersionStamp.Zero;
        bool done = window.Contains(root.Newest.Stamp) && Note(root.Newest, hiddenAbove, ref create, ref punch);
        Unsafe.SkipInit(out TreeCursor cursor);
        cursor.Reset(_memory.Arena, root.Older);
        for (bool more = !done && cursor.SeekAtMost(new StampKey(window.Last)); more; more = cursor.MovePrevious())
        {
            IncarnationEventDf seen = *_memory.Read<IncarnationEventDf>(cursor.Record);
            if (seen.Stamp < window.First || Note(seen, hiddenAbove, ref create, ref punch))
            {
                break;
            }
        }

        cursor.Reset(_memory.Arena, root.Older);
        bool hasEarlier = cursor.SeekFirst() && _memory.Read<IncarnationEventDf>(cursor.Record)->Stamp < window.First;
        punch = hasEarlier ? punch : VersionStamp.Zero;
    }

    // Newest first; true when older events cannot matter.
    private static bool Note(IncarnationEventDf seen, VersionStamp hiddenAbove, ref VersionStamp create, ref VersionStamp punch)
    {
        if (seen.Stamp <= hiddenAbove)
        {
            return true;
        }

        if (seen.Kind == IncarnationKind.Punch)
        {
            punch = seen.Stamp;
            return true;
        }

        create = create == VersionStamp.Zero ? seen.Stamp : create;
        return false;
    }

    private bool RemoveOlderEvents(ulong olderWord, EpochWindow window, VersionStamp create, VersionStamp punch)
    {
        Unsafe.SkipInit(out TreeCursor cursor);
        cursor.Reset(_memory.Arena, _memory.Word(olderWord));
        bool more = cursor.SeekAtLeast(new StampKey(window.First));
        while (more)
        {
            VersionStamp stamp = _memory.Read<IncarnationEventDf>(cursor.Record)->Stamp;
            if (stamp > window.Last)
            {
                return true;
            }

            if (stamp == create || stamp == punch)
            {
                more = cursor.MoveNext();
                continue;
            }

            if (budget.IsSpent)
            {
                return false;
            }

            budget.Count();
            BTree.RemoveAt(_memory, olderWord, ref cursor.Path);
            freer.FreeEvent(cursor.Record);
            cursor.Reset(_memory.Arena, _memory.Word(olderWord));
            more = cursor.SeekAtLeast(new StampKey(stamp));
        }

        return true;
    }

    // The newest version of the window stays, unless it is punched; what is older goes.
    private bool TrimHistory(ulong historyWord, VersionStamp hidden, EpochWindow window)
    {
        Unsafe.SkipInit(out TreeCursor cursor);
        cursor.Reset(_memory.Arena, _memory.Word(historyWord));
        if (!cursor.SeekAtMost(new StampKey(window.Last)))
        {
            return true;
        }

        VersionStamp shown = _memory.Read<VersionDf>(cursor.Record)->Stamp;
        return SingleVersions.RemoveBetween(
            _memory, freer, budget, historyWord, window.First, shown <= hidden ? shown : Before(shown));
    }

    private static VersionStamp Before(VersionStamp stamp) =>
        stamp.Minor > 0 ? new VersionStamp(stamp.Epoch, (ushort)(stamp.Minor - 1)) : new VersionStamp(stamp.Epoch - 1, ushort.MaxValue);
}

/// <summary>How a trim ended.</summary>
internal enum TrimOutcome
{
    /// <summary>Something stays.</summary>
    Kept,

    /// <summary>Nothing stays: the record may go.</summary>
    Empty,

    /// <summary>The budget ended first.</summary>
    Unfinished,
}
