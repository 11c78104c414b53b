using Daos.Fabric.Core.Identities;
using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Tests.Io;
using Daos.Fabric.Store.Transactions.Tables;

namespace Daos.Fabric.Store.Tests.Transactions.Tables;

public class TransactionAllocationTests
{
    [Fact]
    public unsafe void PrepareAndDecide_AfterWarmUp_AllocateNothing()
    {
        var store = new ObjectFixture(
            change: options => options with { ArenaReserveBytes = 256 << 20, CommittedTransactionsMax = 2000, HistoryWindowMs = 0 });
        store.On(() =>
        {
            using var call = new NativeCall(new CallKeys(ObjectFixture.Object, new byte[16], new byte[1]), new byte[64]);
            long before = 0;
            Span<TransactionId> ids = stackalloc TransactionId[1];
            for (int i = 0; i < 30_000; i++)
            {
                if (i == 15_000)
                {
                    before = GC.GetAllocatedBytesForCurrentThread();
                }

                *(ulong*)call.Dkey = (ulong)(i % 5_000) * 0x9E3779B97F4A7C15;
                var id = new TransactionId(Guid.AllBitsSet, (ulong)i + 1);
                ids[0] = id;
                var target = new ObjectTarget
                {
                    Container = ObjectFixture.Container,
                    Object = ObjectFixture.Object,
                    Dkey = call.Dkey,
                    DkeyLength = 16,
                    Transaction = id,
                };
                UpdatePlan update = store.Shard.BeginUpdate(in target);
                update.AddSingle(call.Akey, 1, 64, call.SingleChecksum());
                update.SetSource(0, call.Value);
                TransactionPlan plan = store.Shard.BeginTransaction(
                    new TransactionInfo { Container = ObjectFixture.Container, Id = id, Flags = TransactionFlags.Leader });
                plan.Add(update);
                DerCode code = plan.Prepare(out _, out _);
                plan.Free();
                update.Free();
                if (code.IsSuccess && i % 3 == 0)
                {
                    code = store.Shard.AbortTransaction(ObjectFixture.Container, id, out _);
                }
                else if (code.IsSuccess)
                {
                    store.Shard.MarkCommittable(ObjectFixture.Container, id);
                    code = store.Shard.CommitTransactions(ObjectFixture.Container, ids, out _, out _, out _);
                }

                if (code.IsError)
                {
                    throw new InvalidOperationException(code.ToString());
                }
            }

            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        });
    }
}
