using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Reclaim;

namespace Daos.Fabric.Store.Transactions.Tables;

/// <summary>
/// The transactions of a shard that others decide (DAOS: DTX): undecided ones with the records that they wrote, and committed ones, so that
/// none is applied twice. Each change is one local transaction; what is kept in memory follows its commit. Owned by one xstream.
/// </summary>
internal sealed unsafe partial class TransactionTables
{
    private readonly ObjectStore _store;
    private readonly TreeMemory _memory;
    private readonly RecordFreer _freer;
    private readonly Dictionary<ulong, CommittedIndex> _committed = [];
    private readonly AbortedRing _aborted = new();

    /// <param name="store">Whose transactions.</param>
    public TransactionTables(ObjectStore store)
    {
        _store = store;
        _memory = store.Memory;
        // How much one step may do is decided by redo here, not by what is freed.
        var budget = new StepBudget(store.Memory.Transaction, store.Shard.Log.TransactionBytesMax);
        _freer = new RecordFreer(store.Memory, store.Shard.DataSpace, budget);
        Load();
    }

    /// <summary>The undecided ones, in memory.</summary>
    public OpenTransactions Open => _store.Unstable.Open;

    private int RedoBytesMax => _store.Shard.Log.TransactionBytesMax;

    /// <summary>
    /// Looks for a transaction before it is prepared. Success: it is new; DER_ALREADY with its epoch and the position to wait for;
    /// DER_INPROGRESS while it is being aborted; DER_EP_OLD when it began so long ago that it may have been committed and forgotten.
    /// </summary>
    public DerCode FindDuplicate(ulong container, TransactionId id, out Epoch epoch, out LogPosition position)
    {
        position = default;
        epoch = default;
        uint reference = Open.Find(container, id);
        if (reference != 0)
        {
            ref OpenSlot slot = ref Open[reference];
            epoch = new Epoch(slot.Epoch);
            position = slot.Position;
            return slot.State == TransactionState.Aborting ? DerCode.InProgress : DerCode.Already;
        }

        ulong entry = FindCommitted(container, id);
        if (entry != 0)
        {
            epoch = new Epoch(_memory.Read<CommittedEntryDf>(entry)->Epoch);
            return DerCode.Already;
        }

        ulong table = _memory.Read<ContainerDf>(container)->Committed;
        return table != 0 && id.Hlc <= _memory.Read<CommittedTableDf>(table)->Forgotten ? DerCode.EpochOld : DerCode.Success;
    }

    /// <summary>
    /// Writes the entry of a transaction with the records that the writer collected, in the local transaction under way. DER_NOSPACE.
    /// </summary>
    public DerCode Add(ulong container, uint reference, ulong epoch, in TransactionInfo info, out ulong entry)
    {
        entry = _memory.Transaction.Allocate(ActiveTransactionDf.SizeBytes);
        ulong participants = entry == 0 || info.ParticipantBytes == 0 ? 0 : _memory.Transaction.Allocate(info.ParticipantBytes);
        if (entry == 0 || (participants == 0 && info.ParticipantBytes > 0))
        {
            return DerCode.NoSpace;
        }

        if (participants != 0)
        {
            Unsafe.CopyBlockUnaligned(_memory.Arena.At(participants, info.ParticipantBytes), info.Participants, (uint)info.ParticipantBytes);
        }

        ReadOnlySpan<RecordReferenceDf> records = _memory.Writer.Records;
        var made = _memory.Read<ActiveTransactionDf>(entry);
        info.Id.Client.TryWriteBytes(new Span<byte>(made->Client, 16), bigEndian: true, out _);
        made->Hlc = info.Id.Hlc;
        made->Epoch = epoch;
        made->Reference = reference;
        made->State = ActiveState.Prepared;
        made->Flags = info.Flags;
        made->Records = (uint)records.Length;
        made->ParticipantBytes = (uint)info.ParticipantBytes;
        made->Participants = participants;
        made->ObjectLow = info.Object.Low;
        made->ObjectHigh = info.Object.High;
        made->DkeyHash = info.DkeyHash;
        made->MapVersion = info.MapVersion;
        made->Magic = ActiveTransactionDf.MagicValue;
        int inline = Math.Min(records.Length, ActiveTransactionDf.InlineRecords);
        records[..inline].CopyTo(new Span<RecordReferenceDf>((byte*)made + ActiveTransactionDf.RecordsOffset, inline));
        DerCode code = AddBlocks(made, records[inline..]);
        if (code.IsSuccess)
        {
            Link(container, entry);
        }

        return code;
    }

    /// <summary>Tells what is known of a transaction; see <see cref="StoreShard.CheckTransaction"/>.</summary>
    public DerCode Check(ulong container, TransactionId id, out TransactionState state, out Epoch epoch, out LogPosition position)
    {
        state = default;
        DerCode code = FindDuplicate(container, id, out epoch, out position);
        if (code == DerCode.Already || code == DerCode.InProgress)
        {
            uint reference = Open.Find(container, id);
            state = reference == 0 ? TransactionState.Committed : StateOf(in Open[reference]);
            return DerCode.Success;
        }

        bool aborted = _aborted.Contains(container, id);
        state = aborted ? TransactionState.Aborted : default;
        return aborted ? DerCode.Success : code.IsSuccess ? DerCode.Nonexist : code;
    }

    /// <summary>Every participant has prepared. DER_NONEXIST, also while it is being aborted.</summary>
    public DerCode MarkCommittable(ulong container, TransactionId id)
    {
        uint reference = Open.Find(container, id);
        if (reference == 0 || Open[reference].State == TransactionState.Aborting)
        {
            return DerCode.Nonexist;
        }

        Open[reference].State = TransactionState.Committable;
        return DerCode.Success;
    }

    /// <summary>Changes what is known of a transaction, in a local transaction. DER_NONEXIST, DER_AGAIN.</summary>
    public DerCode SetFlags(ulong container, TransactionId id, TransactionFlags flags, out LogPosition position)
    {
        position = default;
        uint reference = Open.Find(container, id);
        if (reference == 0)
        {
            return DerCode.Nonexist;
        }

        DerCode code = _store.BeginTransaction(freesSpace: true);
        if (code.IsError)
        {
            return code;
        }

        *_memory.Transaction.Modify<TransactionFlags>(Open[reference].Entry + ActiveTransactionDf.FlagsOffset) = flags;
        CommitLocal(out position);
        Open[reference].Flags = flags;
        return DerCode.Success;
    }

    // Ids are a container's own: another one may have the same.
    private ulong FindCommitted(ulong container, TransactionId id) =>
        _committed.TryGetValue(container, out CommittedIndex? index) ? index.Find(id) : 0;

    private void AddCommitted(ulong container, ulong entry)
    {
        if (!_committed.TryGetValue(container, out CommittedIndex? index))
        {
            index = new CommittedIndex(_memory.Arena);
            _committed.Add(container, index);
        }

        index.Add(entry);
    }

    private static TransactionState StateOf(in OpenSlot slot) =>
        slot.State == TransactionState.Prepared && (slot.Flags & TransactionFlags.Corrupted) != 0 ? TransactionState.Corrupted : slot.State;

    private DerCode AddBlocks(ActiveTransactionDf* made, ReadOnlySpan<RecordReferenceDf> records)
    {
        while (!records.IsEmpty)
        {
            int count = Math.Min(records.Length, RecordBlockDf.CapacityMax);
            ulong offset = _memory.Transaction.Allocate(RecordBlockDf.AllocationBytes((uint)count));
            if (offset == 0)
            {
                return DerCode.NoSpace;
            }

            var block = _memory.Read<RecordBlockDf>(offset);
            block->Before = made->MoreRecords;
            block->Count = (uint)count;
            block->Capacity = (uint)count;
            records[..count].CopyTo(new Span<RecordReferenceDf>(block + 1, count));
            made->MoreRecords = offset;
            records = records[count..];
        }

        return DerCode.Success;
    }

    private void Link(ulong container, ulong entry)
    {
        ulong newest = _memory.Read<ContainerDf>(container)->Active;
        _memory.Read<ActiveTransactionDf>(entry)->Older = newest;
        if (newest != 0)
        {
            _memory.SetWord(newest + ActiveTransactionDf.NewerOffset, entry);
        }

        _memory.SetWord(container + ContainerDf.ActiveOffset, entry);
    }

    // Takes the entry out of its list and frees it with what only it needs; its records are no business of this.
    private void Unlink(ulong container, ulong offset)
    {
        var entry = _memory.Read<ActiveTransactionDf>(offset);
        _memory.SetWord(entry->Newer == 0 ? container + ContainerDf.ActiveOffset : entry->Newer + ActiveTransactionDf.OlderOffset, entry->Older);
        if (entry->Older != 0)
        {
            _memory.SetWord(entry->Older + ActiveTransactionDf.NewerOffset, entry->Newer);
        }

        for (ulong block = entry->MoreRecords; block != 0;)
        {
            var records = _memory.Read<RecordBlockDf>(block);
            ulong before = records->Before;
            _memory.Transaction.Free(block, RecordBlockDf.AllocationBytes(records->Capacity));
            block = before;
        }

        if (entry->Participants != 0)
        {
            _memory.Transaction.Free(entry->Participants, (int)entry->ParticipantBytes);
        }

        _memory.Transaction.Free(offset, ActiveTransactionDf.SizeBytes);
    }

    // Only size can make it fail, and every caller stays far below that.
    private void CommitLocal(out LogPosition position) => Invariant.Check(_memory.Transaction.Commit(out position).IsSuccess);
}
