using Daos.Fabric.Store.Visibility;

namespace Daos.Fabric.Store.Trees;

/// <summary>
/// The versions of a single value: the newest hangs on the akey's record, older ones in a tree by epoch. Owned by one xstream.
/// </summary>
internal static unsafe class SingleValues
{
    /// <summary>The version that a view shows, 0 for none.</summary>
    /// <param name="memory">Where the versions lie.</param>
    /// <param name="akey">The akey's record.</param>
    /// <param name="hidden">Versions up to this stamp are punched.</param>
    /// <param name="view">What may be seen.</param>
    public static ulong Find(TreeMemory memory, ulong akey, VersionStamp hidden, ref ReadView view)
    {
        var key = memory.Read<KeyRecordDf>(akey);
        ulong newest = key->Below;
        if (newest == 0)
        {
            return 0;
        }

        var first = memory.Read<VersionDf>(newest);
        VersionStamp stamp = first->Stamp;
        if (view.Admits(stamp, first->Transaction))
        {
            return stamp > hidden ? newest : 0;
        }

        Unsafe.SkipInit(out TreeCursor cursor);
        cursor.Reset(memory.Arena, key->History);
        for (bool more = cursor.SeekAtMost(new StampKey(view.SearchFrom)); more; more = cursor.MovePrevious())
        {
            var older = memory.Read<VersionDf>(cursor.Record);
            stamp = older->Stamp;
            if (stamp <= hidden)
            {
                return 0;
            }

            if (view.Admits(stamp, older->Transaction))
            {
                return cursor.Record;
            }
        }

        return 0;
    }

    /// <summary>Adds a version. DER_TX_RESTART when there is one at its stamp, DER_NOSPACE when the arena is full.</summary>
    public static DerCode Add(TreeMemory memory, ulong akey, ulong version)
    {
        var key = memory.Read<KeyRecordDf>(akey);
        ulong newest = key->Below;
        if (newest == 0)
        {
            memory.SetWord(akey + KeyRecordDf.BelowOffset, version);
            return DerCode.Success;
        }

        int order = memory.Read<VersionDf>(version)->Stamp.CompareTo(memory.Read<VersionDf>(newest)->Stamp);
        if (order == 0)
        {
            return DerCode.TxRestart;
        }

        ulong older = order > 0 ? newest : version;
        VersionStamp stamp = memory.Read<VersionDf>(older)->Stamp;
        DerCode code = BTree.Insert(memory, akey + KeyRecordDf.HistoryOffset, new StampKey(stamp), older);
        if (code.IsSuccess && order > 0)
        {
            memory.SetWord(akey + KeyRecordDf.BelowOffset, version);
        }

        return code == DerCode.Exists ? DerCode.TxRestart : code;
    }

    /// <summary>Takes a version out; its record is not freed.</summary>
    public static void Remove(TreeMemory memory, ulong akey, ulong version)
    {
        ulong historyWord = akey + KeyRecordDf.HistoryOffset;
        if (memory.Read<KeyRecordDf>(akey)->Below != version)
        {
            VersionStamp stamp = memory.Read<VersionDf>(version)->Stamp;
            Invariant.Check(BTree.Remove(memory, historyWord, new StampKey(stamp)) == version);
            return;
        }

        Unsafe.SkipInit(out TreeCursor cursor);
        cursor.Reset(memory.Arena, memory.Word(historyWord));
        bool hasOlder = cursor.SeekLast();
        memory.SetWord(akey + KeyRecordDf.BelowOffset, hasOlder ? cursor.Record : 0);
        if (hasOlder)
        {
            BTree.RemoveAt(memory, historyWord, ref cursor.Path);
        }
    }
}
