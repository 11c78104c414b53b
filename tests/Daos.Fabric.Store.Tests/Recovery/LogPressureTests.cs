using Daos.Fabric.Reactor.Simulated;
using Daos.Fabric.Store.Media;
using Daos.Fabric.TestKit.Runs;

namespace Daos.Fabric.Store.Tests.Recovery;

/// <summary>
/// S9: the log goes around many times, is full, and a checkpoint is slower than the writers: they wait, nobody for ever, work goes on at a
/// stated rate, and nothing acknowledged is lost.
/// </summary>
[Trait("Id", "S9")]
public class LogPressureTests(ITestOutputHelper output)
{
    private const long RunNs = 400_000_000;
    private const int Shares = 10;

    // A checkpoint is at least four operations on the meta file, one after the other (pages, map, flush, root): with 10 ms each it takes a tenth of
    // the run or more.
    private const int SlowShares = 4;

    [Fact]
    public void Log_ManyRounds_GoesOn()
    {
        var run = new SeededRun("S9", "wraps", t0: 1, t1: 50, output.WriteLine);
        run.Run((seed, counts) =>
        {
            StoreStatistics end = Check(seed, counts, _ => { }, options => options);
            Assert.True(end.LogBytes > 10 * (128 << 10), $"{end.LogBytes} bytes of log are not ten rounds");
        });
    }

    [Fact]
    public void Log_Full_WritersWaitAndGoOn()
    {
        // A checkpoint begins at three quarters only, and takes as long as it takes to fill the rest.
        var run = new SeededRun("S9", "full", t0: 1, t1: 50, output.WriteLine);
        run.Run((seed, counts) =>
        {
            StoreStatistics end = Check(
                seed,
                counts,
                disk => disk.Inject(new MediaFault(MediaFaultKind.Delayed) { PathEnd = "/meta", Chance = 0.5, Argument = 3_000_000 }),
                options => options with { CheckpointLogPercent = 75 });
            Assert.True(end.LogWaits > 0, "the log was never full");
        });
    }

    [Fact]
    public void Checkpoint_SlowerThanTheWriters_HoldsThemBack()
    {
        var run = new SeededRun("S9", "slow", t0: 1, t1: 50, output.WriteLine);
        run.Run((seed, counts) =>
        {
            StoreStatistics end = Check(
                seed,
                counts,
                disk => disk.Inject(new MediaFault(MediaFaultKind.Delayed) { PathEnd = "/meta", Argument = 10_000_000 }),
                options => options,
                SlowShares);
            Assert.True(end.LogWaits > 0, "nobody waited");
            Assert.True(end.Checkpoints >= 3, $"{end.Checkpoints} checkpoints");
        });
    }

    // A checkpoint that begins with an almost empty log frees almost nothing of it: when it ends everybody waits, and nobody is left to ask for
    // the next one. The clock asks only when its interval is over.
    [Fact]
    public void Checkpoint_BegunBeforeTheWriters_IsFollowedByAnotherAtOnce()
    {
        using var world = new StoreWorld(1);
        var load = new LedgerLoad();
        int begun = 0;
        StoreShard shard = world.Create(load.Options(world) with
        {
            CheckpointIntervalMs = 10_000,
            OnPersist = point => begun += point == PersistPoint.AfterCheckpointBegin ? 1 : 0,
        });
        world.Run(() => load.FormatAsync(shard));
        Assert.True(world.World.RunUntil(() => shard.Statistics.Checkpoints > 0, 20_000_000_000), "the format was not checkpointed");

        // One small block is all that the second checkpoint frees, and the last transaction in front of it took more than that.
        var ledger = new Ledger();
        var store = new LedgerStore(shard);
        world.Run(async () => Assert.True(await store.WriteAsync(ledger, [0], large: false)));
        int before = begun;
        Assert.True(world.World.RunUntil(() => begun > before, 20_000_000_000), "no checkpoint began");
        world.Node.Disk.Inject(new MediaFault(MediaFaultKind.Delayed) { PathEnd = "/meta", Argument = 300_000_000, TimesMax = 1 });
        int[] cells = [.. Enumerable.Range(0, 12)];
        world.Start(async () =>
        {
            while (await store.WriteAsync(ledger, cells, large: false))
            {
            }
        });
        Assert.True(world.World.RunUntil(() => shard.Statistics.Checkpoints > 1, 20_000_000_000), "the checkpoint did not end");
        Assert.Equal((0, 1), (world.Loop.UnhandledCount, shard.LogWriter!.RoomWaiterCount));
        int acknowledged = ledger.Acknowledged;
        world.World.RunFor(2_000_000_000);
        Assert.True(ledger.Acknowledged > acknowledged + 10, "the writer stood still after the checkpoint");
    }

    private static StoreStatistics Check(ulong seed, RunCounts counts, Action<SimulatedDisk> fault, Func<StoreOptions, StoreOptions> change, int shares = Shares)
    {
        using var world = new StoreWorld(seed);
        var load = new LedgerLoad();
        StoreShard shard = world.Create(change(load.Options(world)));
        world.Run(() => load.FormatAsync(shard));

        // A disk that takes 50 ms for one operation in 200 stands still by itself: here only the faults make it slow.
        world.Node.Disk.Options.SlowChance = 0;
        fault(world.Node.Disk);
        load.Start(world, shard, seed);

        // In no share of the time does work stand still, and the memory of what is not yet stable stays within the log.
        int before = 0;
        for (int i = 0; i < shares; i++)
        {
            world.World.RunFor(RunNs / shares);
            int now = load.Snapshot().Acknowledged;
            Assert.True(now > before, $"nothing was acknowledged in {RunNs / shares / 1_000_000} ms");
            Assert.True(shard.Statistics.LogUsedBytes <= 128 << 10);
            before = now;
        }

        StoreStatistics end = shard.Statistics;
        Assert.True(shard.State.IsSuccess, shard.LastError);
        IPowerCutOracle oracle = load.Snapshot();
        world.Crash(CrashKind.Power);
        StoreShard again = world.Open(load.Options(world));
        string? wrong = world.Run(() => oracle.CheckAsync(again));
        Assert.True(wrong is null, wrong);
        counts.Add("acked", before);
        counts.Add("rounds", end.LogBytes / (128 << 10));
        counts.Add("waits", end.LogWaits);
        counts.Add("lost", 0);
        return end;
    }
}
