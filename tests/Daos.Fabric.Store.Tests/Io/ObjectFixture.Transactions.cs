using Daos.Fabric.Core.Identities;
using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Transactions.Tables;

namespace Daos.Fabric.Store.Tests.Io;

/// <summary>Calls on transactions.</summary>
internal sealed unsafe partial class ObjectFixture
{
    internal static TransactionId Id(int number) => new(new Guid(number, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10), 1_000_000 + (ulong)number);

    /// <summary>Prepares as the leader.</summary>
    internal (DerCode Code, Epoch Epoch) Prepare(TransactionId id, params TransactionStep[] steps) =>
        PrepareAs(id, TransactionFlags.Leader, 0, steps);

    internal (DerCode Code, Epoch Epoch) PrepareAs(TransactionId id, TransactionFlags flags, ulong epoch, params TransactionStep[] steps) =>
        Run(() => Calls.PrepareAsync(id, flags, steps, epoch));

    internal int Commit(params TransactionId[] ids)
    {
        (DerCode code, int committed) = Run(() => Calls.CommitAsync(ids));
        Assert.Equal(DerCode.Success, code);
        return committed;
    }

    internal DerCode Abort(TransactionId id) => Run(() => Calls.AbortAsync(id));

    internal (DerCode Code, TransactionState State) Check(TransactionId id)
    {
        (DerCode, TransactionState) found = default;
        On(() =>
        {
            DerCode code = Shard.CheckTransaction(Container, id, out TransactionState state, out _, out _);
            found = (code, state);
        });
        return found;
    }

    internal DerCode MarkCommittable(TransactionId id)
    {
        DerCode code = default;
        On(() => code = Shard.MarkCommittable(Container, id));
        return code;
    }

    internal DerCode SetFlags(TransactionId id, TransactionFlags flags)
    {
        DerCode code = default;
        On(() => code = Shard.SetTransactionFlags(Container, id, flags, out _));
        return code;
    }

    internal TransactionId[] Blocking()
    {
        TransactionId[] found = [];
        On(() =>
        {
            var ids = new TransactionId[8];
            found = ids[..Shard.BlockingTransactions(ids)];
        });
        return found;
    }

    internal List<OpenTransaction> OpenTransactions(int atOnce = 3)
    {
        var all = new List<OpenTransaction>();
        On(() =>
        {
            var found = new OpenTransaction[atOnce];
            uint anchor = 0;
            int count;
            do
            {
                Assert.Equal(DerCode.Success, Shard.ListOpenTransactions(Container, ref anchor, found, out count));
                all.AddRange(found[..count]);
            }
            while (count == atOnce);
        });
        return all;
    }

    internal List<TransactionId> CommittedTransactions(int atOnce = 3)
    {
        var all = new List<TransactionId>();
        On(() =>
        {
            var found = new CommittedTransaction[atOnce];
            ulong anchor = 0;
            int count;
            do
            {
                Assert.Equal(DerCode.Success, Shard.ListCommittedTransactions(Container, ref anchor, found, out count));
                all.AddRange(found[..count].Select(transaction => transaction.Id));
            }
            while (count == atOnce);
        });
        return all;
    }

    /// <summary>Nothing is left of anything in the arena but the container; counts blocks, to compare.</summary>
    internal ulong LiveBytes => Shard.Arena.LiveBytes;
}
