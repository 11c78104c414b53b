using Daos.Fabric.Core.Identities;
using Daos.Fabric.Reactor.Simulated;
using Daos.Fabric.Store.Aggregation;
using Daos.Fabric.Store.Tests.Io;
using Daos.Fabric.TestKit.Runs;

namespace Daos.Fabric.Store.Tests.Model;

/// <summary>
/// S13: random operations, snapshots that come and go, and aggregation under way beside them, against the model at every epoch that is
/// still readable and at every snapshot; with crashes in the middle of an aggregation.
/// </summary>
[Trait("Id", "S13")]
public class AggregationModelTests(ITestOutputHelper output)
{
    [Fact]
    public void Aggregation_BesideRandomOperations_ChangesNoView() =>
        new SeededRun("S13", "volatile", t0: 40, t1: 4_000, output.WriteLine, seed: 401).Run((seed, counts) => Run(seed, crashes: false, counts));

    [Fact]
    public void Aggregation_CutByCrashes_ChangesNoView() =>
        new SeededRun("S13", "durable", t0: 12, t1: 1_000, output.WriteLine, seed: 501).Run((seed, counts) => Run(seed, crashes: true, counts));

    private static void Run(ulong seed, bool crashes, RunCounts counts)
    {
        var store = new ObjectFixture(
            seed,
            options => options with
            {
                ArenaReserveBytes = 64 << 20,
                DataBytes = 64 << 20,
                LogBytes = 2 << 20,
                DataThresholdBytes = 600,
                MediaBufferCount = 8,
            },
            isVolatile: !crashes);
        var run = new ModelRun(seed) { Merges = true };
        var random = new SeededRandom(seed + 1);
        long merges = 0;
        for (int i = 0; i < 20; i++)
        {
            ChangeSnapshots(store, run, random);
            store.Run(() => run.RunAsync(store.Calls, 60));
            Start(store, run, random, out Func<DerCode?> outcome);
            store.Run(() => run.RunAsync(store.Calls, 20));
            if (crashes && random.Chance(0.5))
            {
                store.World.World.RunFor(random.Next(3_000_000));
                merges += store.Shard.Aggregation.Merges;
                store.Crash(seed % 2 == 0 ? CrashKind.Process : CrashKind.Power);
                run.Reopened();
                Assert.Equal(run.Snapshots.Order(), store.Snapshots());
            }
            else
            {
                Assert.True(store.World.World.RunUntil(() => outcome() is not null), "an aggregation that does not end");
                Assert.Equal(DerCode.Success, outcome());
            }

            store.Run(() => run.DecideAllAsync(store.Calls));
            store.Run(() => run.CheckAllAsync(store.Calls));
            store.Count();
        }

        merges += store.Shard.Aggregation.Merges;
        Assert.True(merges > 0, "nothing was put together");
        store.World.Dispose();
        counts.Add("ops", run.Operations);
        counts.Add("merges", merges);
        counts.Add("mismatches", 0);
    }

    private static void ChangeSnapshots(ObjectFixture store, ModelRun run, SeededRandom random)
    {
        if (run.Snapshots.Count > 0 && random.Chance(0.3))
        {
            ulong gone = run.Snapshots[random.Next(run.Snapshots.Count)];
            run.Snapshots.Remove(gone);
            Assert.Equal(DerCode.Success, store.DestroySnapshot(gone));
        }

        if (run.Snapshots.Count < 5 && random.Chance(0.5))
        {
            ulong at = run.Now > 0 && random.Chance(0.3) ? run.SomeEpoch() : 0;
            (DerCode code, ulong epoch) = store.CreateSnapshot(at);
            Assert.True(code.IsSuccess || code == DerCode.Exists, $"{code}");
            if (code.IsSuccess)
            {
                run.Snapshots.Add(epoch);
            }
        }
    }

    private static void Start(ObjectFixture store, ModelRun run, SeededRandom random, out Func<DerCode?> outcome)
    {
        ulong through = random.Chance(0.5) ? run.Now : run.SomeEpoch();
        run.Aggregated = through;
        var control = new AggregationControl { IsTight = random.Chance(0.5) };
        StoreShard shard = store.Shard;
        DerCode? ended = null;
        store.World.Start(async () => ended = await shard.AggregateAsync(new Epoch(through), control));
        outcome = () => ended;
    }
}
