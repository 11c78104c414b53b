using Daos.Fabric.Reactor.Simulated;
using Daos.Fabric.Store.Tests.Checking;
using Daos.Fabric.TestKit.Runs;

namespace Daos.Fabric.Store.Tests.Recovery;

/// <summary>Decides whether a disk that a power cut left is honest: everything acknowledged is there, and nothing is half.</summary>
internal static class PowerCutJudge
{
    /// <summary>Throws <see cref="LossException"/> when it is not. The oracle is used up.</summary>
    internal static void Judge(IPowerCutLoad load, DiskImage image, IPowerCutOracle oracle, ulong seed, string what, RunCounts counts)
    {
        if (Find(load, image, oracle, seed, counts) is { } loss)
        {
            throw new LossException($"{load.GetType().Name} {what}: {loss}");
        }
    }

    // Opens the image in a new world, where recovery itself is cut short up to three times.
    private static string? Find(IPowerCutLoad load, DiskImage image, IPowerCutOracle oracle, ulong seed, RunCounts counts)
    {
        using var world = new StoreWorld(seed);
        world.Node.Disk.Restore(image);
        int cuts = world.World.Random.Next(4);
        counts.Add($"recoveries_cut_{cuts}", 1);
        for (int depth = cuts; depth > 0; depth--)
        {
            world.Start(async () => await StoreShard.OpenAsync(world.Loop, load.Options(world)));
            world.World.RunFor(world.World.Random.Next(4_000_000L));
            world.Crash(world.World.Random.Chance(0.8) ? CrashKind.Power : CrashKind.Process);
        }

        // The ledger keeps its records in root words that no inspection knows.
        if (load is (ObjectLoad or TransactionLoad) && seed % 4 == 0)
        {
            Inspector.AssertSound(world, "inspected");
            counts.Add("inspected", 1);
        }

        StoreOptions options = load.Options(world);
        DerResult<StoreShard> opened = world.TryOpen(options);
        if (!opened.IsSuccess)
        {
            return $"lost: {options.Report.LastError}";
        }

        if (world.Run(() => oracle.CheckAsync(opened.Value)) is { } wrong)
        {
            return wrong;
        }

        // The recovered store must also work: more of the same, another power cut, everything still there.
        world.Run(() => oracle.GoOnAsync(opened.Value));
        world.Crash(CrashKind.Power);
        options = load.Options(world);
        DerResult<StoreShard> again = world.TryOpen(options);
        return again.IsSuccess ? world.Run(() => oracle.CheckAsync(again.Value)) : $"lost after going on: {options.Report.LastError}";
    }
}
