using Daos.Fabric.Store.Io;

namespace Daos.Fabric.Store.Transactions.Tables;

/// <summary>
/// Aborts: the records go from the last to the first, in as many local transactions as it takes, and then the entry. The first of them
/// marks the entry, so that nobody sees what is left of it and an opening goes on where a crash came between.
/// </summary>
internal sealed unsafe partial class TransactionTables
{
    /// <summary>
    /// Aborts a transaction. DER_NONEXIST; DER_NO_PERM when it is committed or every participant has prepared it; DER_AGAIN: await the shard's
    /// admission and call again, also when it is half done.
    /// </summary>
    public DerCode Abort(ulong container, TransactionId id, out LogPosition position)
    {
        position = _store.Shard.AppendedPosition;
        uint reference = Open.Find(container, id);
        if (reference == 0)
        {
            return FindCommitted(container, id) != 0 ? DerCode.NoPerm : DerCode.Nonexist;
        }

        return Open[reference].State == TransactionState.Committable ? DerCode.NoPerm : Undo(reference, out position);
    }

    /// <summary>
    /// Takes away every undecided transaction of a container between two epochs, whatever is known of it. DER_AGAIN: await the shard's
    /// admission and call again.
    /// </summary>
    public DerCode Discard(ulong container, Epoch low, Epoch high, out int discarded, out LogPosition position)
    {
        discarded = 0;
        position = _store.Shard.AppendedPosition;
        for (uint i = 1; i <= Open.Highest; i++)
        {
            ref OpenSlot slot = ref Open[i];
            if (slot.Entry == 0 || slot.Container != container || slot.Epoch < low.Value || slot.Epoch > high.Value)
            {
                continue;
            }

            DerCode code = Undo(i, out position);
            if (code.IsError)
            {
                return code;
            }

            discarded++;
        }

        return DerCode.Success;
    }

    private DerCode Undo(uint reference, out LogPosition position)
    {
        position = default;
        while (true)
        {
            // A quarter of what a transaction may have leaves room for the record that is being undone, and for the entry.
            DerCode code = _store.BeginTransaction(freesSpace: true);
            if (code.IsError)
            {
                return code;
            }

            ref OpenSlot slot = ref Open[reference];
            ulong entry = slot.Entry;
            while (_memory.Read<ActiveTransactionDf>(entry)->Records > 0 && _memory.Transaction.RedoBytesAtCommit < RedoBytesMax / 4)
            {
                UndoLast(in slot, reference);
            }

            bool isDone = _memory.Read<ActiveTransactionDf>(entry)->Records == 0;
            if (isDone)
            {
                Unlink(slot.Container, entry);
            }
            else if (slot.State != TransactionState.Aborting)
            {
                *_memory.Transaction.Modify<ActiveState>(entry + ActiveTransactionDf.StateOffset) = ActiveState.Aborting;
            }

            CommitLocal(out position);
            slot.State = TransactionState.Aborting;
            if (isDone)
            {
                _aborted.Add(slot.Container, slot.Id);
                Open.Close(reference);
                return DerCode.Success;
            }
        }
    }

    private void UndoLast(in OpenSlot slot, uint reference)
    {
        var entry = _memory.Read<ActiveTransactionDf>(slot.Entry);
        ulong block = entry->MoreRecords;
        if (block == 0)
        {
            Undo(Inline(slot.Entry)[^1], in slot, reference);
        }
        else
        {
            var records = _memory.Read<RecordBlockDf>(block);
            Undo(((RecordReferenceDf*)(records + 1))[records->Count - 1], in slot, reference);
            if (records->Count > 1)
            {
                _memory.Edit<RecordBlockDf>(block)->Count--;
            }
            else
            {
                _memory.SetWord(slot.Entry + ActiveTransactionDf.MoreOffset, records->Before);
                _memory.Transaction.Free(block, RecordBlockDf.AllocationBytes(records->Capacity));
            }
        }

        (*_memory.Transaction.Modify<uint>(slot.Entry + ActiveTransactionDf.CountOffset))--;
    }

    private void Undo(RecordReferenceDf record, in OpenSlot slot, uint reference)
    {
        switch (record.Kind)
        {
            case RecordKind.Version:
                Invariant.Check(_memory.Read<VersionDf>(record.Record)->Transaction == reference);
                SingleValues.Remove(_memory, record.Owner, record.Record);
                _freer.FreeVersion(record.Record);
                break;
            case RecordKind.Extent:
                Invariant.Check(_memory.Read<ExtentDf>(record.Record)->Transaction == reference);
                ArrayExtents.Remove(_memory, record.Owner, record.Record);
                _freer.FreeExtent(record.Record, _memory.Read<KeyRecordDf>(record.Owner)->RecordBytes);
                break;
            default:
                UndoEvent(record, in slot);
                break;
        }
    }

    // What has no event left was made by this transaction, and nobody else came: it goes.
    private void UndoEvent(RecordReferenceDf record, in OpenSlot slot)
    {
        ulong log = record.Record;
        if (!IncarnationLog.Remove(_memory, log, new VersionStamp(slot.Epoch, record.Minor)))
        {
            return;
        }

        if (record.Owner == slot.Container + ContainerDf.ObjectsOffset)
        {
            _store.Objects.Remove(slot.Container, log);
        }
        else
        {
            KeyTree.Remove(_memory, record.Owner, log);
            _freer.FreeKey(log);
        }
    }
}
