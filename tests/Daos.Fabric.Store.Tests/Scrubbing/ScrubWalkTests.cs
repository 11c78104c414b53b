using Daos.Fabric.Core.Identities;
using Daos.Fabric.Reactor.Simulated;
using Daos.Fabric.Store.Checking;
using Daos.Fabric.Store.Punch;
using Daos.Fabric.Store.Scrubbing;
using Daos.Fabric.Store.Tests.Io;
using Daos.Fabric.Store.Tests.Model;
using Daos.Fabric.TestKit.Runs;

namespace Daos.Fabric.Store.Tests.Scrubbing;

/// <summary>The walk while everything changes under it: nothing sound is ever marked, what stays is met, and it ends when it is told to.</summary>
public class ScrubWalkTests(ITestOutputHelper output)
{
    private static readonly ScrubOptions s_busy = new() { Mode = ScrubMode.Lazy, FrequencySeconds = 1, ForegroundCount = static () => 0 };

    [Theory]
    [Trait("Id", "S14")]
    [InlineData(true)]
    [InlineData(false)]
    public void RandomOperations_UnderAScrub_MatchTheModelAndNothingIsMarked(bool isVolatile) =>
        new SeededRun("S14", isVolatile ? "model-volatile" : "model-durable", t0: 2, t1: 100, output.WriteLine, seed: 1401)
            .Run((seed, counts) => RunModel(seed, isVolatile, counts));

    private static void RunModel(ulong seed, bool isVolatile, RunCounts counts)
    {
        var scrub = new ScrubFixture(seed, isVolatile, options => options with { HistoryWindowMs = 0 });
        ObjectFixture store = scrub.Store;
        var run = new ModelRun(seed);
        long values = 0;
        long passes = 0;
        for (int i = 0; i < 40; i++)
        {
            scrub.Start(s_busy);
            store.Run(() => run.RunAsync(store.Calls, 50));
            store.On(() =>
            {
                for (int step = scrub.Random.Next(40); step > 0; step--)
                {
                    DerCode code = store.Shard.ReclaimStep(1 + scrub.Random.Next(60), out _);
                    Assert.True(code.IsSuccess || code == DerCode.Again);
                }

                run.Aggregated = store.AggregatedEpoch();
            });
            store.World.World.RunFor(scrub.Random.Next(40) * 1_000_000L);
            store.Run(() => run.RunAsync(store.Calls, 50));
            scrub.Stop();
            values += scrub.Statistics.Values;
            passes += scrub.Statistics.Passes;
            Assert.Equal((0, 0), (scrub.Statistics.Corrupted, scrub.Statistics.ReadFailures));
        }

        store.Run(() => run.DecideAllAsync(store.Calls));
        store.Run(() => run.CheckAllAsync(store.Calls));
        Assert.Empty(scrub.Told);
        Assert.True(values > 1000 && passes > 10, $"{values} values in {passes} passes");
        counts.Add("ops", run.Operations);
        counts.Add("values", values);
        counts.Add("passes", passes);
        counts.Add("false", 0);
        store.World.Dispose();
    }

    // One value in a hundred stands still while the others are written over, punched and reclaimed: it is met in every pass.
    [Fact]
    public void Pass_WhileOthersChange_MeetsWhatStays()
    {
        var scrub = new ScrubFixture(change: options => options with { HistoryWindowMs = 0 });
        ObjectFixture store = scrub.Store;
        for (int i = 0; i < 400; i++)
        {
            store.Put($"key {i}", "a", scrub.Bytes(i % 40 == 0 ? 6000 : 50));
        }

        List<CheckedValue> staying = [.. scrub.Values().Where((_, i) => i % 100 == 0)];
        HashSet<string> keys = [.. staying.Select(v => v.Owner)];
        scrub.Damage(staying);
        scrub.Start(new ScrubOptions { Mode = ScrubMode.Timed, FrequencySeconds = 1 });
        for (int i = 0; scrub.Statistics.Passes == 0; i++)
        {
            string key = $"key {scrub.Random.Next(400)}";
            if (keys.Any(k => k.Contains($"\"{key}\"", StringComparison.Ordinal)))
            {
                continue;
            }

            if (scrub.Random.Chance(0.3))
            {
                store.Punch(key, "", PunchScope.Dkey);
            }
            else
            {
                store.Put(key, "a", scrub.Bytes(scrub.Random.Chance(0.1) ? 6000 : 60));
            }

            store.On(() => store.Shard.ReclaimStep(20, out _));
            store.World.World.RunFor(1_000_000);
        }

        Assert.Equal(staying.Count, scrub.Statistics.Corrupted);
        Assert.Equal(staying.Select(v => v.Record).Order(), scrub.Marked().Order());
    }

    [Fact]
    public void Container_DestroyedInMidWalk_IsLeftAndTheOthersAreFinished()
    {
        var scrub = new ScrubFixture();
        scrub.Fill(40);
        int all = scrub.Checkable().Count;
        scrub.Start(new ScrubOptions { Mode = ScrubMode.Timed, FrequencySeconds = 100 });

        // The first container in the order of their ids, in its middle.
        scrub.RunUntil(() => scrub.Statistics.Values > all / 5);
        scrub.Store.On(() => Assert.Equal(DerCode.Success, scrub.Shard.DestroyContainer(ObjectFixture.Container, out _)));
        scrub.Store.ReclaimAll();
        long before = scrub.Statistics.Values;
        int left = scrub.Checkable().Count;
        scrub.RunPass();
        Assert.Equal(left, scrub.Statistics.Values - before);
        Assert.Equal((0, 0), (scrub.Statistics.Corrupted, scrub.Statistics.ReadFailures));
    }

    [Fact]
    public void Value_ReplacedWhileItIsRead_IsNeitherMarkedNorDamaged()
    {
        var scrub = new ScrubFixture(change: options => options with { HistoryWindowMs = 0 });
        ObjectFixture store = scrub.Store;
        store.Put("d", "a", scrub.Bytes(1 << 20));
        scrub.Damage(scrub.Values());

        // The third piece is slow; meanwhile the value goes and its blocks are given to others.
        scrub.Store.World.Node.Disk.Inject(new MediaFault(MediaFaultKind.Delayed) { Skip = 2, TimesMax = 1, Argument = 2_000_000_000 });
        scrub.Start(s_busy);
        scrub.RunUntil(() => scrub.Statistics.Bytes >= 2 * ScrubCheck.PieceBytes);
        store.Put("d", "a", scrub.Bytes(100));
        store.ReclaimAll();
        store.Put("e", "a", scrub.Bytes(1 << 20));
        scrub.RunPass();
        Assert.Empty(scrub.Told);
        Assert.Equal(0, scrub.Statistics.Corrupted);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(40)]
    [InlineData(4000)]
    public void Close_InMidPass_EndsTheScrubberAndTheStoreOpensAgain(int afterMs)
    {
        var scrub = new ScrubFixture(isVolatile: false);
        scrub.Fill(20);
        scrub.Start(s_busy with { Mode = afterMs > 1000 ? ScrubMode.Timed : ScrubMode.Lazy, FrequencySeconds = 1000 });
        scrub.Store.World.World.RunFor((afterMs * 1_000_000L) + 11_000_000);
        scrub.Store.Reopen();
        scrub.Start(s_busy);
        scrub.RunPass();
        Assert.Equal(scrub.Checkable().Count, scrub.Statistics.Values);
    }

    [Fact]
    public void Shard_ThatStopped_EndsTheScrubber()
    {
        var scrub = new ScrubFixture(isVolatile: false);
        scrub.Fill(20);
        scrub.Start(new ScrubOptions { Mode = ScrubMode.Timed, FrequencySeconds = 100 });
        scrub.Store.World.World.RunFor(1_000_000_000);
        scrub.Store.On(() => scrub.Shard.Fault("a test said so"));
        scrub.Store.World.World.RunFor(3_000_000_000);
        long bytes = scrub.Statistics.Bytes;
        scrub.Store.World.World.RunFor(60_000_000_000);
        Assert.Equal(bytes, scrub.Statistics.Bytes);
        scrub.Store.World.Run(() => scrub.Shard.CloseAsync());
    }
}
