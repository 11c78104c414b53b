using Daos.Fabric.Reactor.Simulated;
using Daos.Fabric.Store.Tests.Recovery;
using Daos.Fabric.TestKit.Runs;

namespace Daos.Fabric.Store.Tests.Growth;

/// <summary>The power goes at random moments while a loaded shard grows: everything acknowledged is there, in the old size or the new one.</summary>
[Trait("Id", "S3")]
public class GrowthPowerCutTests(ITestOutputHelper output)
{
    private const int ImagesPerSeed = 12;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void PowerCut_WhileGrowing_LosesNothingAcknowledged(bool objects) =>
        new SeededRun("S3", objects ? "growth-objects" : "growth-log", t0: 3, t1: 150, output.WriteLine)
            .Run((seed, counts) => RunSeed(objects ? new ObjectLoad() : new LedgerLoad(), seed, counts));

    private static void RunSeed(IPowerCutLoad load, ulong seed, RunCounts counts)
    {
        using var world = new StoreWorld(seed);
        StoreOptions options = load.Options(world);
        StoreShard shard = world.Create(options);
        world.Run(() => load.FormatAsync(shard));
        load.Start(world, shard, seed);
        int grown = 0;
        world.Start(async () =>
        {
            for (int i = 2; i <= 4; i++)
            {
                DerCode code = await shard.GrowAsync(new ShardGrowth
                {
                    ArenaReserveBytes = options.ArenaReserveBytes * i,
                    DataBytes = (options.DataBytes * i) + ((1L << 24) * i),
                    LogBytes = options.LogBytes * i,
                });
                Assert.Equal(DerCode.Success, code);
                grown++;
            }
        });
        for (int i = 0; i < ImagesPerSeed; i++)
        {
            world.World.RunFor(500_000 + world.World.Random.Next(8_000_000));
            ulong cutSeed = world.World.Random.NextUInt64();
            IPowerCutOracle oracle = load.Snapshot();
            DiskImage image = world.Node.Disk.Capture().AfterPowerCut(cutSeed);
            PowerCutJudge.Judge(load, image, oracle, cutSeed, $"growth image {i}, {grown} times grown", counts);
            counts.Add("images", 1);
            counts.Add("lost", 0);
            counts.Add("half", 0);
        }

        Assert.True(shard.State.IsSuccess);
        Assert.True(world.World.RunUntil(() => grown == 3, 30_000_000_000), $"seed {seed}: it grew {grown} times");
    }
}
