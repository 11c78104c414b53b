namespace Daos.Fabric.Store.Transactions.Tables;

/// <summary>From the arena into memory at opening (DAOS: reindex), and out of memory with a container.</summary>
internal sealed unsafe partial class TransactionTables
{
    /// <summary>True when some transaction was found half undone: <see cref="FinishAbort"/> goes on with it.</summary>
    public bool HasUnfinishedAborts { get; private set; }

    /// <summary>
    /// Goes on with the aborts that a crash interrupted. Success when none is left; DER_AGAIN: await the log's admission and come again.
    /// </summary>
    public DerCode FinishAbort()
    {
        for (uint i = 1; i <= Open.Highest; i++)
        {
            DerCode code = Open[i].State == TransactionState.Aborting ? Undo(i, out _) : DerCode.Success;
            if (code.IsError)
            {
                return code;
            }
        }

        HasUnfinishedAborts = false;
        return DerCode.Success;
    }

    /// <summary>The destruction of a container was committed: its transactions are nobody's business any more.</summary>
    public void Destroyed(ulong container)
    {
        _committed.Remove(container);
        for (uint i = 1; i <= Open.Highest && Open.Count > 0; i++)
        {
            if (Open[i].Entry != 0 && Open[i].Container == container)
            {
                Open.Close(i);
            }
        }
    }

    /// <summary>
    /// Frees the tables of a destroyed container, in the local transaction under way. False when the budget ended first: call again.
    /// </summary>
    public bool Erase(ulong container, Reclaim.StepBudget budget)
    {
        while (!budget.IsSpent)
        {
            ulong active = _memory.Read<ContainerDf>(container)->Active;
            ulong table = _memory.Read<ContainerDf>(container)->Committed;
            if (active != 0)
            {
                Unlink(container, active);
            }
            else if (table == 0)
            {
                return true;
            }
            else if (_memory.Read<CommittedTableDf>(table)->Oldest != 0)
            {
                ForgetOldest(container, table);
            }
            else
            {
                _memory.SetWord(container + ContainerDf.CommittedOffset, 0);
                _memory.Transaction.Free(table, CommittedTableDf.SizeBytes);
            }

            budget.Count();
        }

        return false;
    }

    private void Load()
    {
        foreach (ContainerId id in _store.Containers.List())
        {
            ulong container = _store.Containers.Find(id);
            var record = _memory.Read<ContainerDf>(container);
            for (ulong at = record->Active; at != 0; at = _memory.Read<ActiveTransactionDf>(at)->Older)
            {
                LoadActive(container, at);
            }

            ulong block = record->Committed == 0 ? 0 : _memory.Read<CommittedTableDf>(record->Committed)->Oldest;
            for (; block != 0; block = _memory.Read<CommittedBlockDf>(block)->Newer)
            {
                int count = (int)_memory.Read<CommittedBlockDf>(block)->Count;
                Invariant.Check(count <= CommittedBlockDf.Capacity);
                for (int i = 0; i < count; i++)
                {
                    AddCommitted(container, CommittedBlockDf.EntryAt(block, i));
                }
            }
        }

        Open.FindFree();
    }

    private void LoadActive(ulong container, ulong at)
    {
        var entry = _memory.Read<ActiveTransactionDf>(at);
        Invariant.Check(entry->Magic == ActiveTransactionDf.MagicValue);
        bool isAborting = entry->State == ActiveState.Aborting;
        HasUnfinishedAborts |= isAborting;
        Open.Load(entry->Reference, new OpenSlot
        {
            Entry = at,
            Container = container,
            Id = ActiveTransactionDf.IdOf(entry),
            Epoch = entry->Epoch,
            State = isAborting ? TransactionState.Aborting : TransactionState.Prepared,
            Flags = entry->Flags,
            IsRecovered = true,
        });
    }
}
