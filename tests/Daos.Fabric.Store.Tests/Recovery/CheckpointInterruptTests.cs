using Daos.Fabric.Reactor.Simulated;

namespace Daos.Fabric.Store.Tests.Recovery;

public class CheckpointInterruptTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void PowerCut_AtEveryStepOfACheckpoint_LosesNothing(ulong seed)
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
