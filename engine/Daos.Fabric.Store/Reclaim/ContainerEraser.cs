using Daos.Fabric.Store.Io;

namespace Daos.Fabric.Store.Reclaim;

/// <summary>Frees what hangs on a destroyed container, from the leaves up, in steps. It keeps no position: what is left says where to go on.</summary>
internal sealed unsafe class ContainerEraser(ObjectStore store, RecordFreer freer, StepBudget budget)
{
    private readonly TreeMemory _memory = store.Memory;
    private readonly Action<ulong> _freeVersion = freer.FreeVersion;
    private readonly Action<ulong> _freeEvent = freer.FreeEvent;
    private readonly Action<ulong> _freeSnapshot = freer.FreeSnapshot;

    /// <summary>Goes on until the container is gone (true) or the end of the budget (false), in the transaction under way.</summary>
    public bool Step(ulong container)
    {
        Unsafe.SkipInit(out TreeCursor cursor);
        while (!budget.IsSpent)
        {
            cursor.Reset(_memory.Arena, _memory.Read<ContainerDf>(container)->Objects);
            if (!cursor.SeekLast())
            {
                if (!EraseTree(container + ContainerDf.SnapshotsOffset, _freeSnapshot) || !store.Transactions.Erase(container, budget))
                {
                    return false;
                }

                store.Containers.Free(container);
                store.Objects.Forget();
                return true;
            }

            if (EraseDkeys(cursor.Record))
            {
                BTree.RemoveAt(_memory, container + ContainerDf.ObjectsOffset, ref cursor.Path);
                _memory.Transaction.Free(cursor.Record, ObjectDf.SizeBytes);
            }
        }

        return false;
    }

    private bool EraseDkeys(ulong found)
    {
        Unsafe.SkipInit(out TreeCursor cursor);
        while (!budget.IsSpent)
        {
            cursor.Reset(_memory.Arena, _memory.Read<ObjectDf>(found)->Dkeys);
            if (!cursor.SeekLast())
            {
                return EraseEvents(found);
            }

            if (EraseAkeys(cursor.Record))
            {
                BTree.RemoveAt(_memory, found + ObjectDf.DkeysOffset, ref cursor.Path);
                freer.FreeKey(cursor.Record);
            }
        }

        return false;
    }

    private bool EraseAkeys(ulong dkey)
    {
        Unsafe.SkipInit(out TreeCursor cursor);
        while (!budget.IsSpent)
        {
            cursor.Reset(_memory.Arena, _memory.Read<KeyRecordDf>(dkey)->Below);
            if (!cursor.SeekLast())
            {
                return EraseEvents(dkey);
            }

            budget.Count();
            ulong akey = cursor.Record;
            bool isSingle = _memory.Read<KeyRecordDf>(akey)->Type == AkeyType.Single;
            if ((isSingle ? EraseVersions(akey) : EraseExtents(akey)) && EraseEvents(akey))
            {
                BTree.RemoveAt(_memory, dkey + KeyRecordDf.BelowOffset, ref cursor.Path);
                freer.FreeKey(akey);
            }
        }

        return false;
    }

    private bool EraseVersions(ulong akey)
    {
        if (!EraseTree(akey + KeyRecordDf.HistoryOffset, _freeVersion))
        {
            return false;
        }

        ulong newest = _memory.Read<KeyRecordDf>(akey)->Below;
        if (newest != 0)
        {
            _memory.SetWord(akey + KeyRecordDf.BelowOffset, 0);
            freer.FreeVersion(newest);
        }

        return true;
    }

    private bool EraseExtents(ulong akey)
    {
        uint recordBytes = _memory.Read<KeyRecordDf>(akey)->RecordBytes;
        Unsafe.SkipInit(out TreeCursor cursor);
        while (true)
        {
            uint classes = ArrayExtents.ClassesOf(_memory, akey);
            if (classes == 0)
            {
                return true;
            }

            if (budget.IsSpent)
            {
                return false;
            }

            budget.Count();
            int lengthClass = System.Numerics.BitOperations.TrailingZeroCount(classes);
            cursor.Reset(_memory.Arena, ArrayExtents.RootOf(_memory, akey, lengthClass));
            cursor.SeekLast();
            ArrayExtents.Remove(_memory, akey, cursor.Record);
            freer.FreeExtent(cursor.Record, recordBytes);
        }
    }

    private bool EraseEvents(ulong log) => EraseTree(log + IncarnationDf.OlderOffset, _freeEvent);

    private bool EraseTree(ulong rootWord, Action<ulong> free)
    {
        Unsafe.SkipInit(out TreeCursor cursor);
        while (true)
        {
            cursor.Reset(_memory.Arena, _memory.Word(rootWord));
            if (!cursor.SeekLast())
            {
                return true;
            }

            if (budget.IsSpent)
            {
                return false;
            }

            budget.Count();
            BTree.RemoveAt(_memory, rootWord, ref cursor.Path);
            free(cursor.Record);
        }
    }
}
