using Daos.Fabric.Core.Faults;
using Daos.Fabric.Reactor.Simulated;

namespace Daos.Fabric.Store.Tests.Recovery;

/// <summary>
/// S3: what is on the media at random moments under load, after a power cut that keeps any part of what no flush covered, must open, also
/// after further cuts during recovery, and hold everything acknowledged, whole.
/// </summary>
[Trait("Id", "S3")]
public class PowerCutTests
{
    private const int ImagesPerSeed = 12;

    // More of the same with DAOS_TEST_FACTOR: seeds go on where the every-commit size ends.
    private static readonly int s_imagesPerLoad = 300 * int.Parse(Environment.GetEnvironmentVariable("DAOS_TEST_FACTOR") ?? "1");

    [Fact]
    public void PowerCut_AtRandomMoments_LosesNothingAcknowledged()
    {
        var tally = new PowerCutTally();
        bool caught = true;
        foreach (Func<IPowerCutLoad> load in (Func<IPowerCutLoad>[])[() => new LedgerLoad(), () => new ObjectLoad()])
        {
            int images = tally.Images + s_imagesPerLoad;
            for (ulong seed = 1; tally.Images < images; seed++)
            {
                RunSeed(load(), seed, ignoreFlushes: false, tally);
            }

            caught &= IsMutationCaught(load);
        }

        TestContext.Current.TestOutputHelper!.WriteLine(
            $"S3: images={tally.Images} acked={tally.Acknowledged} lost={tally.Lost} half={tally.Half} "
            + $"mutation_caught={(caught ? "yes" : "no")}");
        Assert.True(tally.Failures.Count == 0, string.Join(Environment.NewLine, tally.Failures));
        Assert.True(tally.Acknowledged > 10_000);
        Assert.True(caught, "a store whose flushes do nothing passed: the test cannot see losses");
    }

    // 10: a flush by the next process covers what a killed one left behind. 161: the checkpoint's root was only in the drive's cache.
    [Theory]
    [InlineData(10)]
    [InlineData(161)]
    public void PowerCut_SeedsThatFoundSomething_StayClean(ulong seed)
    {
        var tally = new PowerCutTally();
        RunSeed(new ObjectLoad(), seed, ignoreFlushes: false, tally);
        Assert.True(tally.Failures.Count == 0, string.Join(Environment.NewLine, tally.Failures));
    }

    // The same store on a disk that answers flushes without doing anything must fail.
    private static bool IsMutationCaught(Func<IPowerCutLoad> load)
    {
        var tally = new PowerCutTally();
        for (ulong seed = 1; seed <= 4 && tally.Failures.Count == 0; seed++)
        {
            RunSeed(load(), seed, ignoreFlushes: true, tally);
        }

        return tally.Failures.Count > 0;
    }

    // One run under load; each power cut is judged in a world of its own.
    private static void RunSeed(IPowerCutLoad load, ulong seed, bool ignoreFlushes, PowerCutTally tally)
    {
        using var world = new StoreWorld(seed);
        StoreShard shard = world.Create(load.Options(world));
        world.Run(() => load.FormatAsync(shard));
        if (ignoreFlushes)
        {
            world.Node.Faults.Arm(FaultPoint.MediaFlushIgnored);
        }

        load.Start(world, shard, seed);
        int acknowledged = 0;
        for (int i = 0; i < ImagesPerSeed; i++)
        {
            world.World.RunFor(500_000 + world.World.Random.Next(12_000_000));
            ulong cutSeed = world.World.Random.NextUInt64();
            IPowerCutOracle oracle = load.Snapshot();
            DiskImage image = world.Node.Disk.Capture().AfterPowerCut(cutSeed);
            tally.Add($"{load.GetType().Name} seed {seed} image {i}", Judge(load, image, oracle, cutSeed), oracle.Acknowledged - acknowledged);
            acknowledged = oracle.Acknowledged;
        }

        Assert.True(shard.State.IsSuccess);
        Assert.True(shard.Statistics.Checkpoints > 0);
    }

    // Opens the image in a new world, where recovery itself is cut short up to three times.
    private static string? Judge(IPowerCutLoad load, DiskImage image, IPowerCutOracle oracle, ulong seed)
    {
        using var world = new StoreWorld(seed);
        world.Node.Disk.Restore(image);
        for (int depth = world.World.Random.Next(4); depth > 0; depth--)
        {
            world.Start(async () => await StoreShard.OpenAsync(world.Loop, load.Options(world)));
            world.World.RunFor(world.World.Random.Next(4_000_000L));
            world.Crash(world.World.Random.Chance(0.8) ? CrashKind.Power : CrashKind.Process);
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
