using Daos.Fabric.Core.Identities;
using Daos.Fabric.Store.Media;
using Daos.Fabric.Store.Pressure;
using Daos.Fabric.Store.Punch;
using Daos.Fabric.Store.Tests.Io;
using Daos.Fabric.TestKit.Runs;

namespace Daos.Fabric.Store.Tests.Pressure;

/// <summary>S11: space that runs short, comes back and is really gone, as updates see it.</summary>
[Trait("Id", "S11")]
public class SpacePressureTests(ITestOutputHelper output)
{
    private const int Writers = 16;

    // 32 values of 16 blocks each are 2 MiB, a quarter of the data space; what else is in it waits to be reclaimed, or for the log.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Overwrites_ByManyOfAQuarterOfTheDataSpace_NeverSeeNoSpace(bool isVolatile) =>
        new SeededRun("S11", isVolatile ? "overwrite-volatile" : "overwrite-durable", t0: 3, t1: 100, output.WriteLine, seed: 1101)
            .Run((seed, counts) => Overwrite(seed, isVolatile, counts));

    private static void Overwrite(ulong seed, bool isVolatile, RunCounts counts)
    {
        const int Keys = 32;
        const int Rounds = 40;
        var store = new ObjectFixture(
            seed, options => options with { ArenaReserveBytes = 16 << 20, DataBytes = 8 << 20, LogBytes = 4 << 20, MediaBufferCount = 8 }, isVolatile);
        var codes = new List<DerCode>();
        byte[][] last = new byte[Keys][];
        int running = Writers;
        long longestNs = 0;
        for (int w = 0; w < Writers; w++)
        {
            int writer = w;
            store.World.Start(async () =>
            {
                var random = new SeededRandom((seed << 8) + (ulong)writer);
                for (int i = 0; i < Rounds; i++)
                {
                    // Each writer has two keys of its own.
                    int key = (writer * 2) + (i % 2);
                    var value = new byte[61_500 + random.Next(4000)];
                    random.Fill(value);
                    long startNs = store.World.Loop.NowNs;
                    codes.Add((await store.Calls.PutAsync(CallKeys.Of($"key {key}", "a"), value)).Code);
                    longestNs = Math.Max(longestNs, store.World.Loop.NowNs - startNs);
                    last[key] = value;
                }

                running--;
            });
        }

        Assert.True(store.World.World.RunUntil(() => running == 0, 600_000_000_000), "the writers came to a halt");
        Assert.Equal(Writers * Rounds, codes.Count);
        Assert.All(codes, code => Assert.Equal(DerCode.Success, code));
        for (int key = 0; key < Keys; key++)
        {
            Assert.Equal(last[key], store.Get($"key {key}", "a").Value!);
        }

        // Held back, visibly and not for long.
        StoreStatistics statistics = store.Shard.Statistics;
        Assert.True(statistics.SlowedUpdates + statistics.BlockWaits > 0, "space was never short");
        Assert.InRange(statistics.SlowedNs, 0, statistics.SlowedUpdates * 110_000_000);
        Assert.InRange(longestNs, 0, 6_000_000_000);
        store.World.Dispose();
        counts.Add("overwrites", Writers * Rounds);
        counts.Add("nospace", 0);
    }

    [Theory]
    [InlineData(60_000, true)]
    [InlineData(60_000, false)]
    [InlineData(500, true)]
    public void FullStore_LevelsRiseAndFall_AndLiveDataIsNotWaitedFor(int valueBytes, bool isVolatile)
    {
        var levels = new List<SpaceLevel>();
        var store = new ObjectFixture(
            3,
            options => options with { ArenaReserveBytes = 4 << 20, DataBytes = 8 << 20, LogBytes = 4 << 20, OnSpaceLevel = levels.Add },
            isVolatile);
        byte[] value = new byte[valueBytes];
        int count = 0;
        while (store.Put($"key {count}", "a", value).Code is var code && code.IsSuccess)
        {
            count++;
        }

        // Everything is live: nothing could come back, so nobody was held back for it.
        Assert.Equal(0, store.Shard.Statistics.SlowedNs);
        Assert.Equal(DerCode.NoSpace, store.Put("one more", "a", value).Code);
        Assert.NotEqual(SpaceLevel.None, store.Shard.SpaceLevel);
        Assert.Equal(valueBytes > 4096 ? SpaceLevel.Critical : store.Shard.SpaceLevel, store.Shard.SpaceLevel);
        StoreSpace space = store.Shard.Space;
        Assert.True(space.DataFreeBytes >= space.DataReservedBytes && space.DataReservedBytes > 0, $"{space}");
        Assert.True(space.MetadataFreeBytes >= space.MetadataReservedBytes && space.MetadataReservedBytes > 0, $"{space}");

        // Reads and punches go on, and what is punched makes room without anybody's help.
        Assert.Equal(value, store.Get("key 1", "a").Value!);
        for (int i = 0; i < count; i++)
        {
            Assert.Equal(DerCode.Success, store.Punch($"key {i}", "", PunchScope.Dkey).Code);
        }

        for (int i = 0; i < count / 3; i++)
        {
            Assert.Equal(DerCode.Success, store.Put($"again {i}", "a", value).Code);
        }

        store.ReclaimAll();
        store.World.World.RunFor(1_000_000_000);
        Assert.Equal(SpaceLevel.None, store.Shard.SpaceLevel);
        Assert.Equal(SpaceLevel.None, levels[^1]);
        Assert.Contains(SpaceLevel.Tight, levels);
    }

    [Fact]
    public void Reserve_IsKeptFromUpdatesAndThereForWhatBringsSpaceBack()
    {
        var store = new ObjectFixture(4, options => options with { DataBytes = 8 << 20 });
        byte[] value = new byte[DataExtent.BlockBytes];
        int count = 0;
        while (store.Put($"key {count}", "a", value).Code.IsSuccess)
        {
            count++;
        }

        long reserved = store.Shard.Space.DataReservedBytes;
        Assert.Equal(reserved, store.Shard.Space.DataFreeBytes);
        Assert.Equal(0, store.Shard.Space.DataAvailableBytes);
        DataSpace data = store.Shard.DataSpace;
        store.On(() =>
        {
            Assert.Equal(DerCode.NoSpace, data.Reserve(1, out _));
            Assert.Equal(DerCode.Success, data.Reserve(reserved, out DataExtent extent, AllocationStream.Aggregation));
            Assert.Equal(reserved, data.UnpublishedBytes);
            data.Cancel(extent);
            Assert.Equal(0, data.UnpublishedBytes);
        });
    }

    [Fact]
    public void Unpublished_AfterAnAbort_IsReservedStill()
    {
        var world = new StoreWorld(1);
        StoreShard shard = world.Create(world.Options(isVolatile: true));
        DataSpace data = shard.DataSpace;
        data.Reserve(10_000, out DataExtent extent);
        shard.Transaction.Begin();
        data.Publish(shard.Transaction, extent);
        shard.Transaction.Abort();
        Assert.Equal(extent.LengthBytes, data.UnpublishedBytes);
        shard.Transaction.Begin();
        data.Publish(shard.Transaction, extent);
        shard.Transaction.Commit(out _);
        Assert.Equal(0, data.UnpublishedBytes);
    }

    // Two values of which each update wants both, with room for three: nobody waits for ever for what the other holds.
    [Fact]
    public void Updates_ThatHoldBlocksAndWaitForMore_EndAll()
    {
        var store = new ObjectFixture(6, options => options with { ArenaReserveBytes = 16 << 20, DataBytes = 8 << 20, MediaBufferCount = 8 });
        var codes = new List<DerCode>();
        for (int w = 0; w < 4; w++)
        {
            int writer = w;
            store.World.Start(async () =>
            {
                for (int i = 0; i < 3; i++)
                {
                    codes.Add((await store.Calls.WriteAsync(
                        CallKeys.Of($"key {writer}", "array"), 1, (0, 1_500_000, new byte[1_500_000]), (2_000_000, 1_500_000, new byte[1_500_000]))).Code);
                }
            });
        }

        Assert.True(store.World.World.RunUntil(() => codes.Count == 12, 200_000_000_000), "the writers came to a halt");
        Assert.All(codes, code => Assert.True(code.IsSuccess || code == DerCode.NoSpace, $"{code}"));
        Assert.Contains(DerCode.Success, codes);
    }
}
