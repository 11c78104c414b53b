using Daos.Fabric.Core.Identities;
using Daos.Fabric.Store.Transactions.Tables;

namespace Daos.Fabric.Store.Checking;

/// <summary>
/// Walks the transactions of one container and then counts the records that name them: each undecided transaction has as many as its entry
/// says, and no record names one that is not there. One owner thread.
/// </summary>
internal sealed unsafe class TransactionWalker(Arena arena, AllocationMap allocations, CheckReport report, IStoreVisitor? visitor)
{
    private readonly Dictionary<uint, long> _missing = [];
    private string _owner = "";
    private bool _isDestroyed;

    /// <summary>Walks both tables of a container, before its records.</summary>
    internal void Begin(ulong container, string owner, bool isDestroyed)
    {
        _owner = owner;
        _isDestroyed = isDestroyed;
        _missing.Clear();
        var record = arena.At<ContainerDf>(container);
        ulong newer = 0;
        var seen = new HashSet<ulong>();
        for (ulong at = record->Active; at != 0 && CheckOnce(seen, at); at = arena.At<ActiveTransactionDf>(at)->Older)
        {
            Active(at, newer);
            newer = at;
        }

        if (record->Committed != 0)
        {
            Committed(record->Committed, seen);
        }
    }

    /// <summary>A record names a transaction.</summary>
    internal void Named(uint reference, string owner)
    {
        if (reference == 0 || _isDestroyed)
        {
            return;
        }

        if (!_missing.TryGetValue(reference, out long left))
        {
            report.Damage(owner, $"it waits for transaction {reference}, which is not there");
            return;
        }

        _missing[reference] = left - 1;
    }

    /// <summary>After the container's records.</summary>
    internal void End()
    {
        foreach ((uint reference, long left) in _missing)
        {
            if (left != 0 && !_isDestroyed)
            {
                report.Damage(_owner, $"transaction {reference} names {Math.Abs(left)} records too {(left > 0 ? "many" : "few")}");
            }
        }
    }

    private bool CheckOnce(HashSet<ulong> seen, ulong at)
    {
        bool isNew = seen.Add(at);
        if (!isNew)
        {
            report.Damage(_owner, $"its list of transactions comes back to {at}");
        }

        return isNew;
    }

    private void Active(ulong at, ulong newer)
    {
        allocations.Claim(at, ActiveTransactionDf.SizeBytes, $"{_owner}, transaction");
        ActiveTransactionDf* entry = arena.At<ActiveTransactionDf>(at);
        report.Count(entry->State == ActiveState.Aborting ? "transactions being aborted" : "undecided transactions");
        if (entry->Magic != ActiveTransactionDf.MagicValue
            || entry->Newer != newer
            || entry->State is not (ActiveState.Prepared or ActiveState.Aborting)
            || !_missing.TryAdd(entry->Reference, entry->Records))
        {
            report.Damage(_owner, $"the transaction at {at} makes no sense, or another one has its number {entry->Reference}");
            return;
        }

        if (entry->ParticipantBytes > 0)
        {
            allocations.Claim(entry->Participants, (int)Math.Min(entry->ParticipantBytes, int.MaxValue), $"{_owner}, participants");
        }

        long records = Blocks(entry->MoreRecords);
        if (records < 0 || entry->Records != records + Math.Min(entry->Records, ActiveTransactionDf.InlineRecords))
        {
            report.Damage(_owner, $"the blocks of the transaction at {at} hold {records} records, and it has {entry->Records}");
        }

        visitor?.Transaction(new StoredTransaction(
            ActiveTransactionDf.IdOf(entry), new Epoch(entry->Epoch), StateOf(entry), entry->Flags, entry->Records, entry->ParticipantBytes));
    }

    private static TransactionState StateOf(ActiveTransactionDf* entry) =>
        entry->State == ActiveState.Aborting ? TransactionState.Aborting
        : (entry->Flags & TransactionFlags.Corrupted) != 0 ? TransactionState.Corrupted
        : TransactionState.Prepared;

    private long Blocks(ulong at)
    {
        long records = 0;
        var seen = new HashSet<ulong>();
        for (; at != 0 && seen.Add(at); at = arena.At<RecordBlockDf>(at)->Before)
        {
            var block = arena.At<RecordBlockDf>(at);
            if (block->Count == 0 || block->Count > block->Capacity || block->Capacity > RecordBlockDf.CapacityMax)
            {
                return -1;
            }

            allocations.Claim(at, RecordBlockDf.AllocationBytes(block->Capacity), $"{_owner}, records of a transaction");
            records += block->Count;
        }

        return records;
    }

    private void Committed(ulong table, HashSet<ulong> seen)
    {
        allocations.Claim(table, CommittedTableDf.SizeBytes, $"{_owner}, committed transactions");
        CommittedTableDf totals = *arena.At<CommittedTableDf>(table);
        ulong count = 0;
        ulong newest = 0;
        ulong number = totals.NextNumber - totals.Count;
        for (ulong at = totals.Oldest; at != 0 && CheckOnce(seen, at); at = arena.At<CommittedBlockDf>(at)->Newer)
        {
            allocations.Claim(at, CommittedBlockDf.AllocationBytes, $"{_owner}, committed transactions");
            var block = arena.At<CommittedBlockDf>(at);
            if (block->Magic != CommittedBlockDf.MagicValue || block->Count > CommittedBlockDf.Capacity || block->FirstNumber != number + count)
            {
                report.Damage(_owner, $"the block of committed transactions at {at} makes no sense");
                return;
            }

            for (int i = 0; i < (int)block->Count; i++)
            {
                var entry = arena.At<CommittedEntryDf>(CommittedBlockDf.EntryAt(at, i));
                report.Count("committed transactions");
                visitor?.Transaction(new StoredTransaction(
                    CommittedEntryDf.IdOf(entry), new Epoch(entry->Epoch), TransactionState.Committed, TransactionFlags.None, 0, 0));
            }

            count += block->Count;
            newest = at;
        }

        if (count != totals.Count || newest != totals.Newest)
        {
            report.Damage(_owner, $"it has {totals.Count} committed transactions, and its blocks hold {count}");
        }
    }
}
