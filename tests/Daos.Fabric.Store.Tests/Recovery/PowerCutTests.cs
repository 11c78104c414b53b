using Daos.Fabric.Core.Faults;
using Daos.Fabric.Reactor.Simulated;
using Daos.Fabric.TestKit.Runs;

namespace Daos.Fabric.Store.Tests.Recovery;

/// <summary>
/// S3: what is on the media at random moments under load, after a power cut that keeps any part of what no flush covered, must open, also
/// after further cuts during recovery, and hold everything acknowledged, whole.
/// </summary>
[Trait("Id", "S3")]
public class PowerCutTests(ITestOutputHelper output)
{
    private const int ImagesPerSeed = 12;

    private static readonly (string Name, Func<IPowerCutLoad> Load)[] s_loads =
    [
        ("log", () => new LedgerLoad()),
        ("objects", () => new ObjectLoad()),
        ("transactions", () => new TransactionLoad()),
    ];

    [Fact]
    public void PowerCut_AtRandomMoments_LosesNothingAcknowledged()
    {
        long acknowledged = 0;
        bool complete = true;
        foreach ((string name, Func<IPowerCutLoad> load) in s_loads)
        {
            var run = new SeededRun("S3", name, t0: 25, t1: 2_100, output.WriteLine);
            run.Run((seed, counts) => RunSeed(load(), seed, ignoreFlushes: false, counts));
            acknowledged += run.Counts["acked"];
            complete &= run.IsComplete;
        }

        Assert.True(!complete || acknowledged > 10_000, $"only {acknowledged} acknowledged: the loads did not load");
    }

    [Fact]
    public void PowerCut_FlushesThatDoNothing_AreCaught()
    {
        foreach ((string name, Func<IPowerCutLoad> load) in s_loads)
        {
            Assert.True(IsMutationCaught(load), $"{name}: a store whose flushes do nothing passed: the test cannot see losses");
        }

        output.WriteLine("S3: mutation_caught=yes");
    }

    // 10: a flush by the next process covers what a killed one left behind. 161: the checkpoint's root was only in the drive's cache.
    [Theory]
    [InlineData(10)]
    [InlineData(161)]
    public void PowerCut_SeedsThatFoundSomething_StayClean(ulong seed) => RunSeed(new ObjectLoad(), seed, ignoreFlushes: false, new RunCounts());

    // The same store on a disk that answers flushes without doing anything must fail.
    private static bool IsMutationCaught(Func<IPowerCutLoad> load)
    {
        for (ulong seed = 1; seed <= 4; seed++)
        {
            try
            {
                RunSeed(load(), seed, ignoreFlushes: true, new RunCounts());
            }
            catch (LossException)
            {
                return true;
            }
        }

        return false;
    }

    // One run under load; each power cut is judged in a world of its own.
    private static void RunSeed(IPowerCutLoad load, ulong seed, bool ignoreFlushes, RunCounts counts)
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
            PowerCutJudge.Judge(load, image, oracle, cutSeed, $"image {i}", counts);

            counts.Add("images", 1);
            counts.Add("acked", oracle.Acknowledged - acknowledged);
            counts.Add("lost", 0);
            counts.Add("half", 0);
            acknowledged = oracle.Acknowledged;
        }

        Assert.True(shard.State.IsSuccess);
        Assert.True(shard.Statistics.Checkpoints > 0);
    }
}
