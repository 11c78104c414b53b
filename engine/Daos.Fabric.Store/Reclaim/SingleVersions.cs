namespace Daos.Fabric.Store.Reclaim;

/// <summary>Taking versions of a single value out. Owned by one xstream.</summary>
internal static unsafe class SingleVersions
{
    /// <summary>Removes the older versions from one stamp to another, both included; false when the budget ended first.</summary>
    public static bool RemoveBetween(
        TreeMemory memory, RecordFreer freer, StepBudget budget, ulong historyWord, VersionStamp first, VersionStamp last)
    {
        Unsafe.SkipInit(out TreeCursor cursor);
        while (true)
        {
            cursor.Reset(memory.Arena, memory.Word(historyWord));
            if (!cursor.SeekAtLeast(new StampKey(first)) || memory.Read<VersionDf>(cursor.Record)->Stamp > last)
            {
                return true;
            }

            if (budget.IsSpent)
            {
                return false;
            }

            budget.Count();
            BTree.RemoveAt(memory, historyWord, ref cursor.Path);
            freer.FreeVersion(cursor.Record);
        }
    }

    /// <summary>Removes the newest version; the one before it, if any, takes its place.</summary>
    public static void RemoveNewest(TreeMemory memory, RecordFreer freer, ulong akey)
    {
        ulong newest = memory.Read<KeyRecordDf>(akey)->Below;
        ulong historyWord = akey + KeyRecordDf.HistoryOffset;
        Unsafe.SkipInit(out TreeCursor cursor);
        cursor.Reset(memory.Arena, memory.Word(historyWord));
        ulong heir = 0;
        if (cursor.SeekLast())
        {
            heir = cursor.Record;
            BTree.RemoveAt(memory, historyWord, ref cursor.Path);
        }

        memory.SetWord(akey + KeyRecordDf.BelowOffset, heir);
        freer.FreeVersion(newest);
    }
}
