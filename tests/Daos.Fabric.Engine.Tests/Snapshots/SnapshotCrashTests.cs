using Daos.Fabric.Engine.Tests.Support;
using Daos.Fabric.TestKit.Runs;

namespace Daos.Fabric.Engine.Tests.Snapshots;

/// <summary>
/// Snapshots made and destroyed under writers while aggregation runs and the engine crashes at any moment: they are on all targets or on none,
/// and show exactly what their epoch says.
/// </summary>
public sealed class SnapshotCrashTests(ITestOutputHelper output)
{
    private const int Rounds = 4;

    [Fact]
    public void Snapshots_UnderWritersAggregationAndCrashes_ShowTheirMomentOnEveryTarget()
    {
        var run = new SeededRun("SNAP", "crashes", t0: 12, t1: 2_000, output.WriteLine);
        run.Run(RunSeed);
        Assert.True(!run.IsComplete || (run.Counts["undone"] > 0 && run.Counts["kept"] > 0), "no crash came before, or none behind the moment that counts");
    }

    private static void RunSeed(ulong seed, RunCounts counts)
    {
        using var stage = new Stage(seed, targets: 3, change: o => o with { AggregationAgeMs = 0, AggregationIntervalMs = 20 });
        SeededRandom random = stage.World.Random.Fork();
        EngineCaller caller = stage.StartFresh();
        var oracle = new SnapshotOracle(stage, caller);
        for (int round = 0; round < Rounds; round++)
        {
            bool isStopped = false;
            List<Task> writers = [.. Enumerable.Range(0, SnapshotOracle.Writers).Select(w =>
            {
                SeededRandom own = random.Fork();
                return stage.Begin(caller, () => oracle.WriteAsync(w, own, () => isStopped));
            })];
            stage.World.RunFor(random.Next(20_000_000L));

            // What was answered before the request is in, what is begun after the answer is not.
            ulong answeredBefore = oracle.HighestAnswered;
            var id = stage.World.Random.NextGuid();
            ModificationInfo identity = caller.NextModification();
            DerResult<Epoch> created = DerCode.InProgress;
            Task creation = stage.Begin(caller, async () => created = await caller.CreateSnapshotAsync($"round {round}", id, identity));
            bool crashes = random.Next(4) > 0;
            if (crashes)
            {
                stage.World.RunFor(random.Next(4_000_000L));
                stage.Restart(random.Next(2) == 0 ? CrashKind.Process : CrashKind.Power);
            }
            else
            {
                Assert.True(stage.World.RunUntil(() => creation.IsCompleted));
                stage.World.RunFor(random.Next(20_000_000L));
            }

            isStopped = true;
            Assert.True(stage.World.RunUntil(() => creation.IsCompleted && writers.TrueForAll(static t => t.IsCompleted), 60_000_000_000), $"seed {seed}: the round did not end");
            creation.GetAwaiter().GetResult();
            writers.ForEach(static t => t.GetAwaiter().GetResult());
            bool wasAcknowledged = created.IsSuccess;
            stage.Run(caller, async () =>
            {
                await oracle.SettleAsync();

                // Before the resend there is all of it or nothing.
                ulong[] before = [.. (await caller.ListSnapshotsAsync()).Value.Select(static s => s.Epoch.Value).Except(oracle.Snapshots)];
                Assert.True(before.Length == 1 || (before.Length == 0 && !wasAcknowledged), $"seed {seed}: an acknowledged snapshot is gone");
                counts.Add(before.Length == 0 ? "undone" : "kept", crashes ? 1 : 0);
                DerResult<Epoch> again = await caller.CreateSnapshotAsync($"round {round}", id, identity);
                Assert.Equal(DerCode.Success, again.Code);
                Assert.True(before.Length == 0 || again.Value.Value == before[0], $"seed {seed}: the resend made a second one");
                Assert.True(!wasAcknowledged || again.Value == created.Value, $"seed {seed}: the resend heard another epoch");
                Assert.True(again.Value.Value > answeredBefore, $"seed {seed}: the snapshot lies below what was answered before it");
                oracle.Created(again.Value, $"round {round}");
            });
            Check(stage, caller, oracle);
            if (round % 2 == 1)
            {
                Destroy(stage, caller, oracle, random);
            }

            stage.World.RunFor(200_000_000);
            Check(stage, caller, oracle);
        }

        counts.Add("values", oracle.Checked);
    }

    // Perhaps cut in the middle: then it is there or gone everywhere, and a resend takes it away.
    private static void Destroy(Stage stage, EngineCaller caller, SnapshotOracle oracle, SeededRandom random)
    {
        ulong[] all = [.. oracle.Snapshots];
        ulong victim = all[random.Next(all.Length)];
        ModificationInfo identity = caller.NextModification();
        Task destruction = stage.Begin(caller, async () => await caller.DestroySnapshotAsync(new Epoch(victim), identity: identity));
        stage.World.RunFor(random.Next(3_000_000L));
        stage.Restart(CrashKind.Process);
        Assert.True(stage.World.RunUntil(() => destruction.IsCompleted, 60_000_000_000));
        Epoch[] stored = SnapshotOracle.StoredEverywhere(stage);
        stage.Run(caller, async () =>
        {
            Assert.Equal(stored, (await caller.ListSnapshotsAsync()).Value.Select(static s => s.Epoch));
            Assert.Equal(DerCode.Success, await caller.DestroySnapshotAsync(new Epoch(victim), identity: identity));
        });
        oracle.Destroyed(victim);
    }

    private static void Check(Stage stage, EngineCaller caller, SnapshotOracle oracle)
    {
        Assert.Equal([.. oracle.Snapshots], [.. SnapshotOracle.StoredEverywhere(stage).Select(static e => e.Value)]);
        stage.Run(caller, oracle.CheckAsync);
    }
}
