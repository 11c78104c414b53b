using Daos.Fabric.Core.Faults;
using Daos.Fabric.Reactor.Simulated;

namespace Daos.Fabric.Store.Tests.Recovery;

public class MediaFaultTests
{
    [Fact]
    public void WriteError_AtEveryWrite_StopsTheShardAndLosesNothingAcknowledged()
    {
        int faulted = 0;
        for (int skip = 0; skip < 200; skip += 3)
        {
            var world = new StoreWorld((ulong)skip + 1);
            StoreShard shard = world.Create(Options(world));
            var ledger = new Ledger();
            var store = new LedgerStore(shard);
            world.Run(() =>
            {
                store.Format();
                return default;
            });
            world.World.RunFor(5_000_000);
            world.Node.Faults.Arm(FaultPoint.MediaWriteError, timesMax: 1, skip: skip);
            bool stopped = !world.Run(() => WriteSomeAsync(store, ledger, 300));
            if (!stopped)
            {
                break;
            }

            faulted++;
            Assert.Equal(DerCode.Io, shard.State);
            Assert.Contains("has stopped", shard.LastError);
            int acknowledged = ledger.Acknowledged;
            Assert.False(world.Run(() => WriteSomeAsync(store, ledger, 3)));
            Assert.Equal(DerCode.Io, world.Run(() => shard.AdmitAsync()));
            Assert.Equal(DerCode.Io, shard.Transaction.Begin());
            Assert.Equal(acknowledged, ledger.Acknowledged);
            world.Run(shard.CloseAsync);
            world.Crash(CrashKind.Power);
            StoreShard again = world.Open(Options(world));
            Assert.Null(world.Run(() => new LedgerStore(again).CheckAsync(ledger)));
        }

        Assert.True(faulted > 30, $"{faulted} faults");
    }

    [Fact]
    public void FlushError_StopsTheShard()
    {
        for (ulong seed = 1; seed < 12; seed++)
        {
            var world = new StoreWorld(seed);
            StoreShard shard = world.Create(Options(world));
            var ledger = new Ledger();
            var store = new LedgerStore(shard);
            world.Run(() =>
            {
                store.Format();
                return default;
            });
            world.World.RunFor(5_000_000);
            world.Node.Disk.Options.FlushErrorChance = 0.05;
            Assert.False(world.Run(() => WriteSomeAsync(store, ledger, 3000)));
            Assert.Equal(DerCode.Io, shard.State);
            world.Node.Disk.Options.FlushErrorChance = 0;
            world.Crash(CrashKind.Power);
            StoreShard again = world.Open(Options(world));
            Assert.Null(world.Run(() => new LedgerStore(again).CheckAsync(ledger)));
        }
    }

    [Fact]
    public void ShortTransfers_AreCompleted()
    {
        var world = new StoreWorld(4);
        world.Node.Disk.Options.ShortReadChance = 0.3;
        world.Node.Disk.Options.ShortWriteChance = 0.3;
        StoreShard shard = world.Create(Options(world));
        var ledger = new Ledger();
        var store = new LedgerStore(shard);
        world.Run(() =>
        {
            store.Format();
            return default;
        });
        Assert.True(world.Run(() => WriteSomeAsync(store, ledger, 300)));
        world.Crash(CrashKind.Power);
        StoreShard again = world.Open(Options(world));
        Assert.Null(world.Run(() => new LedgerStore(again).CheckAsync(ledger)));
    }

    private static async ValueTask<bool> WriteSomeAsync(LedgerStore store, Ledger ledger, int count)
    {
        for (int i = 0; i < count; i++)
        {
            if (!await store.WriteAsync(ledger, [i % LedgerStore.CellCount], large: i % 4 == 0))
            {
                return false;
            }
        }

        return true;
    }

    private static StoreOptions Options(StoreWorld world) => world.Options() with
    {
        ArenaReserveBytes = 2 << 20,
        LogBytes = 128 << 10,
        LogBlockBytes = 8 << 10,
        DataBytes = 2 << 20,
        CheckpointIntervalMs = 5,
    };
}
