using Daos.Fabric.Core.Time;
using Daos.Fabric.Store.Io;

namespace Daos.Fabric.Store.Transactions.Tables;

/// <summary>Commits, one or many in one local transaction, and the table that remembers them for a while.</summary>
internal sealed unsafe partial class TransactionTables
{
    // What a commit costs beside its records: its entry taken out and freed, one line in the table of the committed, perhaps in a new block.
    private const int CommitRedoBytes = 1024 + CommittedBlockDf.AllocationBytes;
    private const int RecordRedoBytes = 17;

    // So many blocks of old entries go with one commit at most: more than any commit adds.
    private const int ForgetBlocksPerCommit = 64;

    private readonly List<(uint Reference, TransactionState Before, ulong Entry)> _closing = [];

    /// <summary>See <see cref="StoreShard.CommitTransactions"/>.</summary>
    public DerCode Commit(
        ulong container, ReadOnlySpan<TransactionId> ids, out int done, out int committed, out LogPosition position)
    {
        done = 0;
        committed = 0;
        position = _store.Shard.AppendedPosition;
        DerCode code = _store.BeginTransaction(freesSpace: true);
        if (code.IsError)
        {
            return code;
        }

        for (; done < ids.Length && code.IsSuccess; done++)
        {
            uint reference = Open.Find(container, ids[done]);
            if (reference == 0 || Open[reference].State is TransactionState.Aborting or TransactionState.Committed)
            {
                continue;
            }

            if (_closing.Count > 0 && !Fits(reference))
            {
                break;
            }

            code = CommitOne(container, reference);
        }

        return EndCommit(code, container, ref done, out committed, ref position);
    }

    /// <summary>
    /// Forgets the oldest block of a container's committed transactions if there are more than a number or all its entries are older than
    /// a moment. DER_AGAIN: nothing happened, await the shard's admission.
    /// </summary>
    public DerCode Forget(ulong container, ulong countMax, ulong before, out bool more)
    {
        more = false;
        ulong table = _memory.Read<ContainerDf>(container)->Committed;
        if (!IsForgettable(table, countMax, before))
        {
            return DerCode.Success;
        }

        DerCode code = _store.BeginTransaction(freesSpace: true);
        if (code.IsSuccess)
        {
            ForgetOldest(container, table);
            CommitLocal(out _);
            more = IsForgettable(table, countMax, before);
        }

        return code;
    }

    private bool Fits(uint reference)
    {
        uint records = _memory.Read<ActiveTransactionDf>(Open[reference].Entry)->Records;
        return _memory.Transaction.RedoBytesAtCommit + CommitRedoBytes + (records * RecordRedoBytes) < RedoBytesMax / 2;
    }

    private DerCode CommitOne(ulong container, uint reference)
    {
        ref OpenSlot slot = ref Open[reference];
        var entry = _memory.Read<ActiveTransactionDf>(slot.Entry);
        for (ulong block = entry->MoreRecords; block != 0; block = _memory.Read<RecordBlockDf>(block)->Before)
        {
            var records = _memory.Read<RecordBlockDf>(block);
            Settle(new ReadOnlySpan<RecordReferenceDf>(records + 1, (int)records->Count), slot.Epoch, reference);
        }

        Settle(Inline(slot.Entry), slot.Epoch, reference);
        ulong added = WriteCommitted(container, slot.Id, slot.Epoch);
        if (added == 0)
        {
            return DerCode.NoSpace;
        }

        Unlink(container, slot.Entry);
        _closing.Add((reference, slot.State, added));
        slot.State = TransactionState.Committed;
        return DerCode.Success;
    }

    private DerCode EndCommit(DerCode code, ulong container, ref int done, out int committed, ref LogPosition position)
    {
        if (code.IsError || _closing.Count == 0)
        {
            _store.AbortTransaction();
        }
        else
        {
            // One alone may have become too large when the log has fewer buffers than at its preparation; then nothing happened.
            code = _memory.Transaction.Commit(out position);
        }

        committed = code.IsSuccess ? _closing.Count : 0;
        done = code.IsSuccess ? done : 0;

        foreach ((uint reference, TransactionState before, ulong entry) in _closing)
        {
            if (committed > 0)
            {
                Open.Close(reference);
                AddCommitted(container, entry);
            }
            else
            {
                Open[reference].State = before;
            }
        }

        _closing.Clear();
        if (committed > 0)
        {
            ForgetSome(container);
        }

        return code;
    }

    // The references that stand in the entry itself.
    private ReadOnlySpan<RecordReferenceDf> Inline(ulong offset)
    {
        var entry = _memory.Read<ActiveTransactionDf>(offset);
        return new ReadOnlySpan<RecordReferenceDf>(
            (byte*)entry + ActiveTransactionDf.RecordsOffset, (int)Math.Min(entry->Records, ActiveTransactionDf.InlineRecords));
    }

    private void Settle(ReadOnlySpan<RecordReferenceDf> records, ulong epoch, uint reference)
    {
        foreach (ref readonly RecordReferenceDf record in records)
        {
            ulong at = record.Kind switch
            {
                RecordKind.Version or RecordKind.Extent => record.Record,
                _ => IncarnationLog.Find(_memory, record.Record, new VersionStamp(epoch, record.Minor)),
            };
            Invariant.Check(at != 0);

            // Versions, extents and events carry their transaction in the same place.
            uint* transaction = _memory.Transaction.Modify<uint>(at + VersionDf.TransactionOffset);
            Invariant.Check(*transaction == reference);
            *transaction = 0;
        }
    }

    private ulong WriteCommitted(ulong container, TransactionId id, ulong epoch)
    {
        ulong table = _memory.Read<ContainerDf>(container)->Committed;
        if (table == 0)
        {
            table = _memory.Transaction.Allocate(CommittedTableDf.SizeBytes);
            if (table == 0)
            {
                return 0;
            }

            _memory.SetWord(container + ContainerDf.CommittedOffset, table);
        }

        ulong block = NewestBlock(table);
        if (block == 0)
        {
            return 0;
        }

        var head = _memory.Edit<CommittedBlockDf>(block);
        ulong at = CommittedBlockDf.EntryAt(block, (int)head->Count++);
        head->NewestCommit = Now;
        var entry = _memory.Edit<CommittedEntryDf>(at);
        id.Client.TryWriteBytes(new Span<byte>(entry->Client, 16), bigEndian: true, out _);
        entry->Hlc = id.Hlc;
        entry->Epoch = epoch;
        var totals = _memory.Edit<CommittedTableDf>(table);
        totals->Count++;
        totals->NextNumber++;
        return at;
    }

    private ulong Now => Math.Max(_store.Shard.Options.Hlc.Physical, _store.Shard.Options.Hlc.Last);

    // A block with room, 0 when the arena is full.
    private ulong NewestBlock(ulong table)
    {
        ulong newest = _memory.Read<CommittedTableDf>(table)->Newest;
        if (newest != 0 && _memory.Read<CommittedBlockDf>(newest)->Count < CommittedBlockDf.Capacity)
        {
            return newest;
        }

        ulong made = _memory.Transaction.Allocate(CommittedBlockDf.AllocationBytes);
        if (made == 0)
        {
            return 0;
        }

        var block = _memory.Read<CommittedBlockDf>(made);
        block->Magic = CommittedBlockDf.MagicValue;
        block->FirstNumber = _memory.Read<CommittedTableDf>(table)->NextNumber;
        var totals = _memory.Edit<CommittedTableDf>(table);
        totals->Newest = made;
        totals->Oldest = totals->Oldest == 0 ? made : totals->Oldest;
        if (newest != 0)
        {
            _memory.Edit<CommittedBlockDf>(newest)->Newer = made;
        }

        return made;
    }

    private bool IsForgettable(ulong table, ulong countMax, ulong before)
    {
        ulong oldest = table == 0 ? 0 : _memory.Read<CommittedTableDf>(table)->Oldest;
        if (oldest == 0)
        {
            return false;
        }

        var block = _memory.Read<CommittedBlockDf>(oldest);
        return _memory.Read<CommittedTableDf>(table)->Count >= countMax + block->Count || block->NewestCommit < before;
    }

    private void ForgetSome(ulong container)
    {
        StoreOptions options = _store.Shard.Options;
        ulong age = (ulong)options.CommittedTransactionsAgeMs * 1_000_000 * HybridLogicalClock.UnitsPerNs;
        ulong before = Now - Math.Min(Now, age);
        bool more = true;
        for (int i = 0; i < ForgetBlocksPerCommit && more; i++)
        {
            // Without room in the log the next commit goes on.
            if (Forget(container, (ulong)options.CommittedTransactionsMax, before, out more).IsError)
            {
                return;
            }
        }
    }

    // In the local transaction under way, which cannot fail.
    private void ForgetOldest(ulong container, ulong table)
    {
        ulong oldest = _memory.Read<CommittedTableDf>(table)->Oldest;
        var block = _memory.Read<CommittedBlockDf>(oldest);
        ulong forgotten = _memory.Read<CommittedTableDf>(table)->Forgotten;
        for (int i = 0; i < (int)block->Count; i++)
        {
            ulong entry = CommittedBlockDf.EntryAt(oldest, i);
            forgotten = Math.Max(forgotten, _memory.Read<CommittedEntryDf>(entry)->Hlc);
            _committed.GetValueOrDefault(container)?.Remove(entry);
        }

        var totals = _memory.Edit<CommittedTableDf>(table);
        totals->Oldest = block->Newer;
        totals->Newest = block->Newer == 0 ? 0 : totals->Newest;
        totals->Count -= block->Count;
        totals->Forgotten = forgotten;
        _memory.Transaction.Free(oldest, CommittedBlockDf.AllocationBytes);
    }
}
