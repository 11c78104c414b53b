namespace Daos.Fabric.Store.Reclaim;

/// <summary>
/// Takes away what no read at or above a bound can see: versions of single values and events of incarnation logs. Owned by one xstream.
/// </summary>
internal sealed unsafe class VersionTrimmer(RecordFreer freer, StepBudget budget)
{
    private readonly TreeMemory _memory = freer.Memory;

    /// <summary>Trims a single value; false when the budget ended first, and then it is to be called again.</summary>
    /// <param name="akey">The akey's record.</param>
    /// <param name="hidden">The newest punch at the bound, of the akey or above it.</param>
    /// <param name="bound">Reads below it are refused.</param>
    public bool TrimSingle(ulong akey, VersionStamp hidden, VersionStamp bound)
    {
        ulong newest = _memory.Read<KeyRecordDf>(akey)->Below;
        if (newest == 0)
        {
            return true;
        }

        ulong historyWord = akey + KeyRecordDf.HistoryOffset;
        VersionStamp stamp = _memory.Read<VersionDf>(newest)->Stamp;
        if (stamp > bound)
        {
            return TrimHistory(historyWord, hidden, bound);
        }

        if (!RemoveUpTo(historyWord, bound, versions: true))
        {
            return false;
        }

        if (stamp <= hidden)
        {
            _memory.SetWord(akey + KeyRecordDf.BelowOffset, 0);
            freer.FreeVersion(newest);
        }

        return true;
    }

    /// <summary>Trims an incarnation log, after everything below its owner was trimmed to the same bound.</summary>
    /// <param name="log">Offset of the log.</param>
    /// <param name="hiddenAbove">The newest punch at the bound, of the entities above.</param>
    /// <param name="bound">Reads below it are refused.</param>
    public TrimOutcome TrimEvents(ulong log, VersionStamp hiddenAbove, VersionStamp bound)
    {
        IncarnationDf root = *_memory.Read<IncarnationDf>(log);
        ulong olderWord = log + IncarnationDf.OlderOffset;
        if (root.Newest.Kind == IncarnationKind.None)
        {
            return TrimOutcome.Empty;
        }

        if (root.Newest.Stamp > bound)
        {
            return TrimOlderEvents(olderWord, hiddenAbove, bound) ? TrimOutcome.Kept : TrimOutcome.Unfinished;
        }

        if (!RemoveUpTo(olderWord, bound, versions: false))
        {
            return TrimOutcome.Unfinished;
        }

        if (root.Newest.Kind == IncarnationKind.Create && root.Newest.Stamp > hiddenAbove)
        {
            return TrimOutcome.Kept;
        }

        *_memory.Edit<IncarnationEventDf>(log) = default;
        return TrimOutcome.Empty;
    }

    // The newest version at the bound stays, unless it is punched; what is older goes.
    private bool TrimHistory(ulong historyWord, VersionStamp hidden, VersionStamp bound)
    {
        Unsafe.SkipInit(out TreeCursor cursor);
        cursor.Reset(_memory.Arena, _memory.Word(historyWord));
        if (!cursor.SeekAtMost(new StampKey(bound)))
        {
            return true;
        }

        VersionStamp shown = _memory.Read<VersionDf>(cursor.Record)->Stamp;
        return RemoveUpTo(historyWord, shown <= hidden ? shown : Before(shown), versions: true);
    }

    private bool TrimOlderEvents(ulong olderWord, VersionStamp hiddenAbove, VersionStamp bound)
    {
        Unsafe.SkipInit(out TreeCursor cursor);
        cursor.Reset(_memory.Arena, _memory.Word(olderWord));
        if (!cursor.SeekAtMost(new StampKey(bound)))
        {
            return true;
        }

        IncarnationEventDf shown = *_memory.Read<IncarnationEventDf>(cursor.Record);
        bool lives = shown.Kind == IncarnationKind.Create && shown.Stamp > hiddenAbove;
        return RemoveUpTo(olderWord, lives ? Before(shown.Stamp) : shown.Stamp, versions: false);
    }

    private static VersionStamp Before(VersionStamp stamp) =>
        stamp.Minor > 0 ? new VersionStamp(stamp.Epoch, (ushort)(stamp.Minor - 1)) : new VersionStamp(stamp.Epoch - 1, ushort.MaxValue);

    private bool RemoveUpTo(ulong rootWord, VersionStamp last, bool versions)
    {
        Unsafe.SkipInit(out TreeCursor cursor);
        while (true)
        {
            cursor.Reset(_memory.Arena, _memory.Word(rootWord));
            if (!cursor.SeekFirst() || _memory.Read<IncarnationEventDf>(cursor.Record)->Stamp > last)
            {
                return true;
            }

            if (budget.IsSpent)
            {
                return false;
            }

            budget.Count();
            BTree.RemoveAt(_memory, rootWord, ref cursor.Path);
            if (versions)
            {
                freer.FreeVersion(cursor.Record);
            }
            else
            {
                freer.FreeEvent(cursor.Record);
            }
        }
    }
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
