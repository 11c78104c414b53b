using Daos.Fabric.Store.Visibility;

namespace Daos.Fabric.Store.Trees;

/// <summary>Reads and writes incarnation logs (<see cref="IncarnationDf"/>). Owned by one xstream.</summary>
internal static unsafe class IncarnationLog
{
    /// <summary>Whether an entity exists in a view, and up to which stamp everything below it is punched.</summary>
    /// <param name="memory">Where the log lies.</param>
    /// <param name="log">Offset of the log.</param>
    /// <param name="hidden">In: the newest punch of the entities above. Out: with this entity's own.</param>
    /// <param name="view">What may be seen.</param>
    public static bool Exists(TreeMemory memory, ulong log, ref VersionStamp hidden, ref ReadView view)
    {
        var root = memory.Read<IncarnationDf>(log);
        IncarnationEventDf newest = root->Newest;
        if (newest.Kind == IncarnationKind.Create && root->Older == 0)
        {
            // Created once, never punched: nearly every key.
            return view.Admits(in newest) && newest.Stamp > hidden;
        }

        return newest.Kind != IncarnationKind.None && ExistsByEvents(memory, root, ref hidden, ref view);
    }

    /// <summary>As <see cref="Exists"/>, telling more; for iterations.</summary>
    /// <param name="memory">Where the log lies.</param>
    /// <param name="log">Offset of the log.</param>
    /// <param name="hidden">In: the newest punch of the entities above. Out: with this entity's own.</param>
    /// <param name="view">What may be seen.</param>
    /// <param name="created">Epoch of the oldest creation since the last punch, 0 when it does not exist.</param>
    /// <param name="hasEvents">Something may be seen of it, even if only that it is punched.</param>
    public static bool Describe(
        TreeMemory memory, ulong log, ref VersionStamp hidden, ref ReadView view, out ulong created, out bool hasEvents)
    {
        created = 0;
        hasEvents = false;
        var root = memory.Read<IncarnationDf>(log);
        bool exists = false;
        DerCode doubt = default;
        bool done = root->Newest.Kind == IncarnationKind.None
            || Note(root->Newest, ref exists, ref doubt, ref hidden, ref view, ref created, ref hasEvents);
        Unsafe.SkipInit(out TreeCursor cursor);
        cursor.Reset(memory.Arena, root->Older);
        for (bool more = !done && cursor.SeekAtMost(new StampKey(view.SearchFrom)); more; more = cursor.MovePrevious())
        {
            IncarnationEventDf seen = *memory.Read<IncarnationEventDf>(cursor.Record);
            if (Note(seen, ref exists, ref doubt, ref hidden, ref view, ref created, ref hasEvents))
            {
                break;
            }
        }

        return exists;
    }

    private static bool Note(
        IncarnationEventDf seen,
        ref bool exists,
        ref DerCode doubt,
        ref VersionStamp hidden,
        ref ReadView view,
        ref ulong created,
        ref bool hasEvents)
    {
        hasEvents |= view.Admits(in seen);
        VersionStamp above = hidden;
        bool done = Visit(seen, ref exists, ref doubt, ref hidden, ref view);
        if (!done && exists && seen.Stamp > above && view.Admits(in seen))
        {
            created = seen.Stamp.Epoch;
        }

        return done;
    }

    /// <summary>Adds an event. DER_TX_RESTART when there is one at the same stamp, DER_NOSPACE when the arena is full.</summary>
    /// <param name="memory">Where the log lies.</param>
    /// <param name="log">Offset of the log.</param>
    /// <param name="treeWord">Where the root of the tree lies that holds the log's owner.</param>
    /// <param name="kind">What happened.</param>
    /// <param name="stamp">When.</param>
    public static DerCode Add(TreeMemory memory, ulong log, ulong treeWord, IncarnationKind kind, VersionStamp stamp)
    {
        var added = new IncarnationEventDf
        {
            Epoch = stamp.Epoch,
            Minor = stamp.Minor,
            Kind = kind,
            Transaction = memory.Writer.Reference,
        };
        DerCode code = Add(memory, log, in added);
        if (code.IsSuccess)
        {
            memory.Writer.AddEvent(log, treeWord, stamp.Minor);
        }

        return code;
    }

    /// <summary>Where the event of a stamp lies; 0 when there is none.</summary>
    public static ulong Find(TreeMemory memory, ulong log, VersionStamp stamp)
    {
        var root = memory.Read<IncarnationDf>(log);
        return root->Newest.Kind != IncarnationKind.None && root->Newest.Stamp == stamp
            ? log
            : BTree.Find(memory.Arena, root->Older, new StampKey(stamp));
    }

    /// <summary>Takes an event out. True when the log is empty then.</summary>
    public static bool Remove(TreeMemory memory, ulong log, VersionStamp stamp)
    {
        ulong olderWord = log + IncarnationDf.OlderOffset;
        ulong freed;
        if (memory.Read<IncarnationDf>(log)->Newest.Stamp != stamp)
        {
            freed = BTree.Remove(memory, olderWord, new StampKey(stamp));
            Invariant.Check(freed != 0);
        }
        else
        {
            Unsafe.SkipInit(out TreeCursor cursor);
            cursor.Reset(memory.Arena, memory.Word(olderWord));
            if (!cursor.SeekLast())
            {
                *memory.Edit<IncarnationEventDf>(log) = default;
                return true;
            }

            freed = cursor.Record;
            *memory.Edit<IncarnationEventDf>(log) = *memory.Read<IncarnationEventDf>(freed);
            BTree.RemoveAt(memory, olderWord, ref cursor.Path);
        }

        memory.Transaction.Free(freed, IncarnationEventDf.SizeBytes);
        return false;
    }

    private static DerCode Add(TreeMemory memory, ulong log, in IncarnationEventDf added)
    {
        VersionStamp stamp = added.Stamp;
        IncarnationEventDf newest = memory.Read<IncarnationDf>(log)->Newest;
        if (newest.Kind == IncarnationKind.None)
        {
            *memory.Edit<IncarnationEventDf>(log) = added;
            return DerCode.Success;
        }

        int order = stamp.CompareTo(newest.Stamp);
        if (order == 0)
        {
            return DerCode.TxRestart;
        }

        IncarnationEventDf older = order > 0 ? newest : added;
        DerCode code = AddOlder(memory, log, older);
        if (code.IsSuccess && order > 0)
        {
            *memory.Edit<IncarnationEventDf>(log) = added;
        }

        return code;
    }

    private static DerCode AddOlder(TreeMemory memory, ulong log, IncarnationEventDf older)
    {
        ulong record = memory.Transaction.Allocate(IncarnationEventDf.SizeBytes);
        if (record == 0)
        {
            return DerCode.NoSpace;
        }

        *memory.Read<IncarnationEventDf>(record) = older;
        DerCode code = BTree.Insert(memory, log + IncarnationDf.OlderOffset, new StampKey(older.Stamp), record);
        return code == DerCode.Exists ? DerCode.TxRestart : code;
    }

    private static bool ExistsByEvents(TreeMemory memory, IncarnationDf* root, ref VersionStamp hidden, ref ReadView view)
    {
        bool exists = false;
        DerCode doubt = default;
        if (Visit(root->Newest, ref exists, ref doubt, ref hidden, ref view))
        {
            return exists;
        }

        Unsafe.SkipInit(out TreeCursor cursor);
        cursor.Reset(memory.Arena, root->Older);
        for (bool more = cursor.SeekAtMost(new StampKey(view.SearchFrom)); more; more = cursor.MovePrevious())
        {
            if (Visit(*memory.Read<IncarnationEventDf>(cursor.Record), ref exists, ref doubt, ref hidden, ref view))
            {
                break;
            }
        }

        // An undecided creation matters only where no other one shows.
        view.Refusal = exists || view.Refusal.IsError ? view.Refusal : doubt;
        return exists;
    }

    // Newest first; true when older events cannot matter: one is punched from above, or is itself the punch.
    private static bool Visit(
        IncarnationEventDf seen, ref bool exists, ref DerCode doubt, ref VersionStamp hidden, ref ReadView view)
    {
        DerCode before = view.Refusal;
        if (!view.Admits(in seen))
        {
            if (seen.Kind == IncarnationKind.Create)
            {
                doubt = view.Refusal;
                view.Refusal = before;
            }

            return false;
        }

        if (seen.Stamp <= hidden)
        {
            return true;
        }

        if (seen.Kind == IncarnationKind.Punch)
        {
            hidden = seen.Stamp;
            return true;
        }

        exists = true;
        return false;
    }
}
