using Daos.Fabric.Store.Io;

namespace Daos.Fabric.Store.Transactions.Tables;

/// <summary>Iterations over both tables, and what an entry keeps for others.</summary>
internal sealed unsafe partial class TransactionTables
{
    /// <summary>See <see cref="StoreShard.ListOpenTransactions"/>.</summary>
    public int ListOpen(ulong container, ref uint anchor, Span<OpenTransaction> found)
    {
        int count = 0;
        while (anchor < Open.Highest && count < found.Length)
        {
            ref OpenSlot slot = ref Open[++anchor];
            if (slot.Entry != 0 && slot.Container == container)
            {
                found[count++] = Describe(in slot);
            }
        }

        return count;
    }

    /// <summary>See <see cref="StoreShard.ListCommittedTransactions"/>.</summary>
    public int ListCommitted(ulong container, ref ulong anchor, Span<CommittedTransaction> found)
    {
        int count = 0;
        ulong table = _memory.Read<ContainerDf>(container)->Committed;
        ulong block = table == 0 ? 0 : _memory.Read<CommittedTableDf>(table)->Oldest;
        for (; block != 0 && count < found.Length; block = _memory.Read<CommittedBlockDf>(block)->Newer)
        {
            var head = _memory.Read<CommittedBlockDf>(block);
            anchor = Math.Max(anchor, head->FirstNumber);
            while (anchor < head->FirstNumber + head->Count && count < found.Length)
            {
                var entry = _memory.Read<CommittedEntryDf>(CommittedBlockDf.EntryAt(block, (int)(anchor - head->FirstNumber)));
                found[count++] = new CommittedTransaction(CommittedEntryDf.IdOf(entry), new Epoch(entry->Epoch));
                anchor++;
            }
        }

        return count;
    }

    /// <summary>See <see cref="StoreShard.ReadParticipants"/>.</summary>
    public DerCode ReadParticipants(ulong container, TransactionId id, Span<byte> participants, out int bytes)
    {
        bytes = 0;
        uint reference = Open.Find(container, id);
        if (reference == 0)
        {
            return DerCode.Nonexist;
        }

        var entry = _memory.Read<ActiveTransactionDf>(Open[reference].Entry);
        bytes = (int)entry->ParticipantBytes;
        if (bytes > participants.Length)
        {
            return DerCode.RecordTooBig;
        }

        if (bytes > 0)
        {
            new ReadOnlySpan<byte>(_memory.Arena.At(entry->Participants, bytes), bytes).CopyTo(participants);
        }

        return DerCode.Success;
    }

    private OpenTransaction Describe(in OpenSlot slot)
    {
        var entry = _memory.Read<ActiveTransactionDf>(slot.Entry);
        return new OpenTransaction(
            slot.Id,
            new Epoch(slot.Epoch),
            StateOf(in slot),
            slot.Flags,
            new ObjectId(entry->ObjectHigh, entry->ObjectLow),
            entry->DkeyHash,
            entry->MapVersion,
            (int)entry->Records,
            (int)entry->ParticipantBytes,
            slot.IsRecovered);
    }
}
