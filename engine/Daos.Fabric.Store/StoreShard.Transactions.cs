using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Transactions.Tables;

namespace Daos.Fabric.Store;

/// <summary>Transactions that others decide: prepare, commit, abort, questions.</summary>
public sealed partial class StoreShard
{
    /// <summary>
    /// The oldest epoch at which something is undecided, none when nothing is: what aggregation must stay below.
    /// </summary>
    public Epoch LowestOpenEpoch
    {
        get
        {
            ulong lowest = Objects.Unstable.Open.LowestEpoch();
            return lowest == ulong.MaxValue ? Epoch.None : new Epoch(lowest);
        }
    }

    /// <summary>Starts preparing a transaction. Free the plan in every case.</summary>
    public TransactionPlan BeginTransaction(in TransactionInfo info)
    {
        Loop.Assert();
        return Objects.BeginTransactionPlan(in info);
    }

    /// <summary>
    /// Commits transactions in one local transaction: their records show from now on. Ids that are unknown, aborted or committed already are
    /// passed over. Answer once the position is stable. A crash before that leaves them prepared, and reads of them wait then
    /// (DER_INPROGRESS) until somebody commits them again: what a read has shown is never missing later.
    /// </summary>
    /// <param name="container">Where they are.</param>
    /// <param name="ids">Any number of them; what does not fit one local transaction is left for the next call.</param>
    /// <param name="done">Ids dealt with, from the first on.</param>
    /// <param name="committed">Transactions that this call committed.</param>
    /// <param name="position">Wait for it before answering.</param>
    /// <returns>
    /// Success; DER_CONT_NONEXIST; DER_NOSPACE; DER_REC2BIG when the store was opened with much fewer log buffers than the transaction was prepared
    /// with; DER_AGAIN: nothing happened, await <see cref="AdmitAsync"/>.
    /// </returns>
    public DerCode CommitTransactions(
        ContainerId container, ReadOnlySpan<TransactionId> ids, out int done, out int committed, out LogPosition position)
    {
        done = 0;
        committed = 0;
        position = default;
        DerCode code = Locate(container, out ulong record);
        return code.IsError ? code : Objects.Transactions.Commit(record, ids, out done, out committed, out position);
    }

    /// <summary>
    /// Aborts a transaction: everything that it wrote is undone. Answer once the position is stable.
    /// </summary>
    /// <returns>
    /// Success; DER_NONEXIST; DER_NO_PERM when it is committed or committable; DER_CONT_NONEXIST; DER_AGAIN: await <see cref="AdmitAsync"/> and
    /// call again, also when a part is done already, which nobody sees.
    /// </returns>
    public DerCode AbortTransaction(ContainerId container, TransactionId id, out LogPosition position)
    {
        position = default;
        DerCode code = Locate(container, out ulong record);
        return code.IsError ? code : Objects.Transactions.Abort(record, id, out position);
    }

    /// <summary>
    /// Takes away every undecided transaction written between two epochs, whatever is known of it, as a target that comes back does with what
    /// it did not hear the end of. Codes as <see cref="AbortTransaction"/>.
    /// </summary>
    public DerCode DiscardTransactions(ContainerId container, Epoch low, Epoch high, out int discarded, out LogPosition position)
    {
        discarded = 0;
        position = default;
        DerCode code = Locate(container, out ulong record);
        return code.IsError ? code : Objects.Transactions.Discard(record, low, high, out discarded, out position);
    }

    /// <summary>
    /// Every participant has prepared the transaction durably: its records show here from now on. Memory only. DER_NONEXIST, DER_CONT_NONEXIST.
    /// </summary>
    public DerCode MarkCommittable(ContainerId container, TransactionId id)
    {
        DerCode code = Locate(container, out ulong record);
        return code.IsError ? code : Objects.Transactions.MarkCommittable(record, id);
    }

    /// <summary>
    /// Changes what is known of an undecided transaction: another leader, participants that disagree, nobody left to ask. DER_NONEXIST,
    /// DER_CONT_NONEXIST, DER_AGAIN.
    /// </summary>
    public DerCode SetTransactionFlags(ContainerId container, TransactionId id, TransactionFlags flags, out LogPosition position)
    {
        position = default;
        DerCode code = Locate(container, out ulong record);
        return code.IsError ? code : Objects.Transactions.SetFlags(record, id, flags, out position);
    }

    /// <summary>
    /// Tells how far a transaction is (DAOS: dtx_check), for its leader, a resend, or whoever leads it now. Answer once the position is stable.
    /// DER_NONEXIST when it is unknown; DER_EP_OLD when it is unknown and so old that it may have been committed and forgotten;
    /// DER_CONT_NONEXIST.
    /// </summary>
    public DerCode CheckTransaction(
        ContainerId container, TransactionId id, out TransactionState state, out Epoch epoch, out LogPosition position)
    {
        state = default;
        epoch = default;
        position = default;
        DerCode code = Locate(container, out ulong record);
        return code.IsError ? code : Objects.Transactions.Check(record, id, out state, out epoch, out position);
    }

    /// <summary>
    /// The transactions, at most four, that the operation refused last with DER_INPROGRESS, DER_DATA_LOSS or DER_TX_UNCERTAIN has met: ask
    /// their leaders, commit or abort them here, and come again. Valid until the next operation.
    /// </summary>
    public int BlockingTransactions(Span<TransactionId> ids)
    {
        Loop.Assert();
        ReadOnlySpan<TransactionId> blocking = Objects.Unstable.Open.Blocking;
        int count = Math.Min(blocking.Length, ids.Length);
        blocking[..count].CopyTo(ids);
        return count;
    }

    /// <summary>
    /// Lists undecided transactions of a container in no order that means anything. The first call has anchor 0; fewer than asked for is the end.
    /// DER_CONT_NONEXIST.
    /// </summary>
    public DerCode ListOpenTransactions(ContainerId container, ref uint anchor, Span<OpenTransaction> found, out int count)
    {
        count = 0;
        DerCode code = Locate(container, out ulong record);
        count = code.IsError ? 0 : Objects.Transactions.ListOpen(record, ref anchor, found);
        return code;
    }

    /// <summary>
    /// Lists committed transactions of a container in the order of their commits. The first call has anchor 0; fewer than asked for is the end.
    /// DER_CONT_NONEXIST.
    /// </summary>
    public DerCode ListCommittedTransactions(ContainerId container, ref ulong anchor, Span<CommittedTransaction> found, out int count)
    {
        count = 0;
        DerCode code = Locate(container, out ulong record);
        count = code.IsError ? 0 : Objects.Transactions.ListCommitted(record, ref anchor, found);
        return code;
    }

    /// <summary>
    /// Copies the participants that an undecided transaction was prepared with. DER_NONEXIST; DER_REC2BIG when they do not fit, and
    /// <paramref name="bytes"/> tells their size; DER_CONT_NONEXIST.
    /// </summary>
    public DerCode ReadParticipants(ContainerId container, TransactionId id, Span<byte> participants, out int bytes)
    {
        bytes = 0;
        DerCode code = Locate(container, out ulong record);
        return code.IsError ? code : Objects.Transactions.ReadParticipants(record, id, participants, out bytes);
    }

    /// <summary>
    /// Forgets some committed transactions of a container, oldest first, in one local transaction: of blocks of 127 that are more than a number,
    /// or in which nothing is newer than a moment of the hybrid clock. Commits do the same with the limits of the options, so this is for
    /// containers that stand still. DER_CONT_NONEXIST; DER_AGAIN: await <see cref="AdmitAsync"/>.
    /// </summary>
    public DerCode ForgetTransactions(ContainerId container, int countMax, Epoch before, out bool more)
    {
        more = false;
        DerCode code = Locate(container, out ulong record);
        return code.IsError ? code : Objects.Transactions.Forget(record, (ulong)countMax, before.Value, out more);
    }

    private DerCode Locate(ContainerId container, out ulong record)
    {
        Loop.Assert();
        return Objects.LocateContainer(container, 0, out record);
    }

    // Before an opened shard serves anybody.
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> FinishAbortsAsync()
    {
        while (Objects.Transactions.HasUnfinishedAborts)
        {
            DerCode code = Objects.Transactions.FinishAbort();
            if (code == DerCode.Again)
            {
                code = await Log.AdmitAsync();
            }

            if (code.IsError)
            {
                return Options.Report.Fail(
                    code, $"A transaction in {Options.Path} whose abort was interrupted cannot be undone: {code.Text}. Check the device.");
            }
        }

        return DerCode.Success;
    }
}
