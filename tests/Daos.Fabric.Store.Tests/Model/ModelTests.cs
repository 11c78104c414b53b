using Daos.Fabric.Reactor.Simulated;
using Daos.Fabric.Store.Tests.Io;
using Daos.Fabric.TestKit.Runs;

namespace Daos.Fabric.Store.Tests.Model;

/// <summary>S12: random operations against the store and against a model that is obviously right.</summary>
[Trait("Id", "S12")]
public class ModelTests(ITestOutputHelper output)
{
    [Fact]
    public void RandomOperations_Volatile_MatchModel() =>
        new SeededRun("S12", "volatile", t0: 8, t1: 800, output.WriteLine, seed: 101).Run(RunVolatile);

    [Fact]
    public void RandomOperations_DurableWithCrashes_MatchModel() =>
        new SeededRun("S12", "durable", t0: 4, t1: 300, output.WriteLine, seed: 201).Run(RunDurable);

    [Fact]
    public void RandomOperations_WithReclaim_MatchModelAboveTheBound() =>
        new SeededRun("S12", "reclaim", t0: 4, t1: 100, output.WriteLine, seed: 301).Run(RunReclaim);

    private static void RunVolatile(ulong seed, RunCounts counts)
    {
        var store = new ObjectFixture(seed, options => options with { ArenaReserveBytes = 256 << 20, DataBytes = 64 << 20 });
        var run = new ModelRun(seed);
        for (int i = 0; i < 20; i++)
        {
            store.Run(() => run.RunAsync(store.Calls, 1000));
        }

        Assert.True(run.LateModifications > 100 && run.LateRefusals > 10, "hardly anything came late");
        Assert.True(run.Commits > 300 && run.Aborts > 150 && run.Waits > 100, "hardly any transaction was decided or waited for");
        Finish(store, run, counts);
    }

    private static void RunDurable(ulong seed, RunCounts counts)
    {
        CrashKind kind = seed % 4 == 1 ? CrashKind.Process : CrashKind.Power;
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

            run.Reopened();
            store.Run(() => run.DecideAllAsync(store.Calls));
            store.Run(() => run.CheckAllAsync(store.Calls));
        }

        Finish(store, run, counts);
    }

    private static void RunReclaim(ulong seed, RunCounts counts)
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
        Finish(store, run, counts);
    }

    // A long run makes hundreds of stores in one process: each gives its memory back.
    private static void Finish(ObjectFixture store, ModelRun run, RunCounts counts)
    {
        store.Run(() => run.DecideAllAsync(store.Calls));
        store.Run(() => run.CheckAllAsync(store.Calls));
        store.World.Dispose();
        counts.Add("ops", run.Operations);
        counts.Add("mismatches", 0);
    }
}
