namespace Daos.Fabric.Store.Reclaim;

/// <summary>Taking events of incarnation logs out. Owned by one xstream.</summary>
internal static unsafe class IncarnationEvents
{
    /// <summary>Removes the newest event; the one before it, if any, takes its place, else the log is empty.</summary>
    public static TrimOutcome RemoveNewest(TreeMemory memory, RecordFreer freer, ulong log)
    {
        ulong olderWord = log + IncarnationDf.OlderOffset;
        Unsafe.SkipInit(out TreeCursor cursor);
        cursor.Reset(memory.Arena, memory.Word(olderWord));
        if (!cursor.SeekLast())
        {
            *memory.Edit<IncarnationEventDf>(log) = default;
            return TrimOutcome.Empty;
        }

        IncarnationEventDf heir = *memory.Read<IncarnationEventDf>(cursor.Record);
        BTree.RemoveAt(memory, olderWord, ref cursor.Path);
        freer.FreeEvent(cursor.Record);
        *memory.Edit<IncarnationEventDf>(log) = heir;
        return TrimOutcome.Kept;
    }
}
