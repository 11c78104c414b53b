using Daos.Fabric.Reactor.Simulated;
using Daos.Fabric.Store.Tests.Io;

namespace Daos.Fabric.Store.Tests.Model;

public class ModelTests(ITestOutputHelper output)
{
    [Theory]
    [Trait("Id", "S12")]
    [InlineData(101)]
    [InlineData(102)]
    [InlineData(103)]
    [InlineData(104)]
    [InlineData(105)]
    [InlineData(106)]
    [InlineData(107)]
    [InlineData(108)]
    public void RandomOperations_Volatile_MatchModel(ulong seed)
    {
        var store = new ObjectFixture(seed, options => options with { ArenaReserveBytes = 256 << 20, DataBytes = 64 << 20 });
        var run = new ModelRun(seed);
        for (int i = 0; i < 20; i++)
        {
            store.Run(() => run.RunAsync(store.Calls, 1000));
        }

        store.Run(() => run.CheckAllAsync(store.Calls));
        output.WriteLine($"S12: ops={run.Operations} mismatches=0");
    }

    [Theory]
    [Trait("Id", "S12")]
    [InlineData(201, CrashKind.Process)]
    [InlineData(202, CrashKind.Power)]
    [InlineData(203, CrashKind.Power)]
    [InlineData(204, CrashKind.Power)]
    public void RandomOperations_DurableWithCrashes_MatchModel(ulong seed, CrashKind kind)
    {
        var store = new ObjectFixture(
            seed,
            options => options with { ArenaReserveBytes = 64 << 20, DataBytes = 64 << 20, LogBytes = 2 << 20 },
            isVolatile: false);
        var run = new ModelRun(seed);
        for (int i = 0; i < 20; i++)
        {
            store.Run(() => run.RunAsync(store.Calls, 500));
            if (i % 4 == 3)
            {
                store.Reopen();
            }
            else
            {
                store.Crash(kind);
            }

            store.Run(() => run.CheckAllAsync(store.Calls));
        }

        output.WriteLine($"S12: ops={run.Operations} mismatches=0");
    }

    [Theory]
    [Trait("Id", "S12")]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(304)]
    public void RandomOperations_WithReclaim_MatchModelAboveTheBound(ulong seed)
    {
        var store = new ObjectFixture(
            seed, options => options with { ArenaReserveBytes = 256 << 20, DataBytes = 64 << 20, HistoryWindowMs = 0 });
        var run = new ModelRun(seed);
        var random = new SeededRandom(seed);
        for (int i = 0; i < 100; i++)
        {
            store.Run(() => run.RunAsync(store.Calls, 100));
            store.On(() =>
            {
                for (int step = random.Next(40); step > 0; step--)
                {
                    Assert.Equal(DerCode.Success, store.Shard.ReclaimStep(1 + random.Next(60), out _));
                }

                run.Aggregated = store.AggregatedEpoch();
            });
        }

        Assert.True(run.Aggregated > 0, "nothing was reclaimed");
        store.Run(() => run.CheckAllAsync(store.Calls));
        output.WriteLine($"S12: ops={run.Operations} mismatches=0");
    }
}
