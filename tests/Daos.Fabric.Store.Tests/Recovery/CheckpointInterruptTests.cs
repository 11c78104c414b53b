using Daos.Fabric.Reactor.Simulated;
using Daos.Fabric.TestKit.Runs;

namespace Daos.Fabric.Store.Tests.Recovery;

/// <summary>S10: a checkpoint and a replay are cut short at each of their steps, a replay again and again; what comes back converges.</summary>
[Trait("Id", "S10")]
public class CheckpointInterruptTests(ITestOutputHelper output)
{
    [Fact]
    public void PowerCut_AtEveryStepOfACheckpoint_LosesNothing()
    {
        var run = new SeededRun("S10", "checkpoint", t0: 4, t1: 100, output.WriteLine);
        run.Run(CutCheckpoint);
    }

    [Fact]
    public void PowerCut_AtEveryStepOfAReplayRepeatedly_Converges()
    {
        var run = new SeededRun("S10", "replay", t0: 5, t1: 100, output.WriteLine);
        run.Run(CutReplay);
    }

    private static void CutCheckpoint(ulong seed, RunCounts counts)
    {
        var world = new StoreWorld(seed);
        StoreShard shard = world.Create(Options(world));
        var ledger = new Ledger();
        var store = new LedgerStore(shard);
        var random = new SeededRandom(seed);
        world.Run(async () =>
        {
            store.Format();
            for (int i = 0; i < 60; i++)
            {
                Assert.True(await store.WriteAsync(ledger, [random.Next(48), 1 + random.Next(47)], large: i % 6 == 0));
            }
        });
        bool done = false;
        world.Start(async () =>
        {
            Assert.True((await shard.Checkpointer!.RunAsync(shard.LogWriter!, false)).IsSuccess);
            done = true;
        });
        world.Start(async () =>
        {
            while (!done)
            {
                await store.WriteAsync(ledger, [random.Next(48)], large: false);
            }
        });
        int images = 0;
        while (!done)
        {
            Assert.True(world.World.Step());
            DiskImage image = world.Node.Disk.Capture().AfterPowerCut(world.World.Random.NextUInt64());
            Check(image, ledger.Snapshot(), seed);
            images++;
        }

        Assert.True(images > 12, $"only {images} moments seen");
        counts.Add("checkpoint_cuts", images);
    }

    // Each recovery is cut at a step further on, in a world that goes on with what the one before left; each image is also opened whole.
    private static void CutReplay(ulong seed, RunCounts counts)
    {
        var world = new StoreWorld(seed);
        StoreShard shard = world.Create(Options(world));
        var ledger = new Ledger();
        var store = new LedgerStore(shard);
        world.Run(async () =>
        {
            store.Format();
            for (int i = 0; i < 150; i++)
            {
                Assert.True(await store.WriteAsync(ledger, [i % 48], large: i % 7 == 0));
            }
        });
        DiskImage image = world.Node.Disk.Capture().AfterPowerCut(seed);
        bool opened = false;
        int cuts = 0;
        for (int steps = 1; !opened; steps++)
        {
            using var other = new StoreWorld(seed + (ulong)steps);
            other.Node.Disk.Restore(image);
            other.Start(async () => opened = (await StoreShard.OpenAsync(other.Loop, Options(other))).IsSuccess);
            for (int i = 0; i < steps && !opened; i++)
            {
                Assert.True(other.World.Step());
            }

            image = other.Node.Disk.Capture().AfterPowerCut(other.World.Random.NextUInt64());
            Check(image, ledger.Snapshot(), seed);
            cuts++;
        }

        Assert.True(cuts > 10, $"only {cuts} steps seen");
        counts.Add("replay_cuts", cuts);
    }

    [Fact]
    public void Recovery_Repeated_GivesTheSameArena()
    {
        var world = new StoreWorld(3);
        StoreShard shard = world.Create(Options(world));
        shard.Transaction.PoisonFreed = false;
        var ledger = new Ledger();
        var store = new LedgerStore(shard);
        world.Run(async () =>
        {
            store.Format();
            for (int i = 0; i < 200; i++)
            {
                Assert.True(await store.WriteAsync(ledger, [i % 48], large: false));
            }
        });
        byte[] before = Image(shard);
        DiskImage image = world.Node.Disk.Capture().AfterPowerCut(1);
        for (int i = 0; i < 3; i++)
        {
            var other = new StoreWorld(10 + (ulong)i);
            other.Node.Disk.Restore(image);
            StoreShard again = other.Open(Options(other));
            byte[] after = Image(again);

            // The clock's ceiling moves with every opening; everything else is byte for byte what it was.
            before.AsSpan(24, 8).Clear();
            after.AsSpan(24, 8).Clear();
            Assert.True(before.AsSpan().SequenceEqual(after), $"first difference at {before.AsSpan().CommonPrefixLength(after)}");
            other.Crash(CrashKind.Power);
            image = other.Node.Disk.Capture().AfterPowerCut(2);
        }
    }

    private static unsafe byte[] Image(StoreShard shard) => new Span<byte>(shard.Arena.Base, (int)shard.Arena.UsedBytes).ToArray();

    private static void Check(DiskImage image, Ledger ledger, ulong seed)
    {
        using var world = new StoreWorld(seed);
        world.Node.Disk.Restore(image);
        StoreShard shard = world.Open(Options(world));
        Assert.Null(world.Run(() => new LedgerStore(shard).CheckAsync(ledger)));
    }

    private static StoreOptions Options(StoreWorld world) => world.Options() with
    {
        ArenaReserveBytes = 2 << 20,
        DataBytes = 2 << 20,
        CheckpointIntervalMs = 1 << 20,
        LogBytes = 1 << 20,
    };
}
