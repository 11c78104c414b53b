using Daos.Fabric.Reactor.Simulated;

namespace Daos.Fabric.Store.Tests.Recovery;

/// <summary>Simulated crashes give back what the process held, so that long runs of them fit into memory.</summary>
[Collection(MeasuredAlone.Name)]
public class CrashMemoryTests
{
    private const int Openings = 600;

    [Fact]
    public void Crash_InTheMiddleOfOpening_LeavesNoMemory()
    {
        var load = new LedgerLoad();
        DiskImage image = Write(load);
        CrashOpenings(image, load, Openings / 3);
        long before = ResidentBytes();
        CrashOpenings(image, load, Openings);
        long grown = ResidentBytes() - before;

        // An opening of so small a store touches more than 100 KiB: the window on the log, the roots, the map.
        TestContext.Current.TestOutputHelper!.WriteLine($"{grown} bytes");
        Assert.InRange(grown, long.MinValue, Openings * (40L << 10));
    }

    private static DiskImage Write(LedgerLoad load)
    {
        using var world = new StoreWorld(31);
        StoreShard shard = world.Create(load.Options(world));
        world.Run(() => load.FormatAsync(shard));
        load.Start(world, shard, 31);
        world.World.RunFor(40_000_000);
        return world.Node.Disk.Capture().AfterPowerCut(31);
    }

    private static void CrashOpenings(DiskImage image, LedgerLoad load, int count)
    {
        for (ulong seed = 0; seed < (ulong)count; seed++)
        {
            using var world = new StoreWorld(seed);
            world.Node.Disk.Restore(image);
            world.Start(async () => await StoreShard.OpenAsync(world.Loop, load.Options(world)));
            world.World.RunFor(world.World.Random.Next(1_000_000L));
            world.Crash(CrashKind.Process);
        }
    }

    private static long ResidentBytes()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return Environment.WorkingSet;
    }
}
