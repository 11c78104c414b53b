using Daos.Fabric.Core.Identities;
using Daos.Fabric.Store.Aggregation;
using Daos.Fabric.Store.Tests.Io;
using Daos.Fabric.TestKit.Allocations;

namespace Daos.Fabric.Store.Tests.Aggregation;

/// <summary>The aggregator on a real loop and real files: a way through old versions, merges included, allocates nothing once it is warm.</summary>
public class AggregationAllocationTests
{
    private const int Keys = 40;

    [Fact]
    public void Aggregate_AfterWarmUp_AllocatesNothing()
    {
        using var real = new RealLoop();
        DerResult<StoreShard> created = real.Run(() => StoreShard.CreateAsync(real.Loop, real.Options()));
        Assert.True(created.IsSuccess, created.Code.ToString());
        StoreShard shard = created.Value;
        var calls = new StoreCalls(shard, ObjectFixture.Container);
        var control = new AggregationControl { IsTight = true };
        real.Run(async () =>
        {
            Assert.Equal(DerCode.Success, shard.CreateContainer(ObjectFixture.Container, out LogPosition position));
            return await shard.WaitStableAsync(position);
        });
        long freed = 0;
        long merged = 0;

        // Values in the arena and in data extents, punches, and extents that are put together; each round leaves what it found.
        long bytes = SteadyState.AllocatedBytes(() =>
        {
            (freed, merged) = (shard.Aggregation.FreedRecords, shard.Aggregation.MergedExtents);
            long allocated = 0;
            real.Run(async () =>
            {
                await FillAsync(calls);
                long before = GC.GetAllocatedBytesForCurrentThread();
                DerCode code = await shard.AggregateAsync(new Epoch(real.Hlc.Last), control);
                allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                Assert.Equal(DerCode.Success, code);
            });
            return allocated;
        });
        Assert.Equal(0, bytes);
        Assert.True(shard.Aggregation.FreedRecords - freed >= Keys && shard.Aggregation.MergedExtents > merged, "the last round had nothing to do");
        real.Run(shard.CloseAsync);
    }

    private static async ValueTask FillAsync(StoreCalls calls)
    {
        for (int i = 0; i < Keys; i++)
        {
            CallKeys single = CallKeys.Of($"d{i % 8}", $"a{i}");
            await calls.PutAsync(single, new byte[i % 4 == 0 ? 9000 : 60]);
            await calls.PutAsync(single, new byte[i % 4 == 1 ? 9000 : 60]);
            await calls.WriteAsync(CallKeys.Of("array", "a"), 1, ((ulong)i * 100, 100UL, new byte[100]));
        }
    }
}
