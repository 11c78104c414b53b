using Daos.Fabric.Reactor.Simulated;

namespace Daos.Fabric.Store.Tests;

public class StoreShardTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void CreateCloseOpen_Roots_ComeBack(ulong seed)
    {
        var world = new StoreWorld(seed);
        StoreShard shard = world.Create();
        world.Run(async () =>
        {
            for (int i = 0; i < 2000; i++)
            {
                Assert.True((await shard.AdmitAsync()).IsSuccess);
                Assert.True(shard.Transaction.Begin().IsSuccess);
                ulong offset = shard.Transaction.Allocate(100 + (i % 400));
                Assert.NotEqual(0UL, offset);
                shard.Transaction.ModifyRoot(1, offset);
                shard.Transaction.ModifyRoot(2, (ulong)i);
                Assert.True(shard.Transaction.Commit(out LogPosition position).IsSuccess);
                if (i % 7 == 0)
                {
                    Assert.True((await shard.WaitStableAsync(position)).IsSuccess);
                }
            }
        });
        ulong live = shard.Arena.LiveBytes;
        ulong last = world.Hlc.Last;
        world.Run(shard.CloseAsync);

        StoreShard again = world.Open();
        Assert.Equal(1999UL, again.Arena.Root(2));
        Assert.Equal(live, again.Arena.LiveBytes);
        Assert.Equal(0, again.Recovery.BlocksReplayed);
        Assert.True(world.Hlc.Last >= last);
        world.Run(again.CloseAsync);
    }

    [Theory]
    [InlineData(CrashKind.Process)]
    [InlineData(CrashKind.Power)]
    public void Crash_AfterStable_KeepsEverything(CrashKind kind)
    {
        var world = new StoreWorld(5);
        StoreShard shard = world.Create();
        world.Run(async () =>
        {
            for (int i = 1; i <= 500; i++)
            {
                await shard.AdmitAsync();
                shard.Transaction.Begin();
                shard.Transaction.Allocate(100);
                shard.Transaction.ModifyRoot(2, (ulong)i);
                shard.Transaction.Commit(out LogPosition position);
                Assert.True((await shard.WaitStableAsync(position)).IsSuccess);
            }
        });
        world.Crash(kind);
        StoreShard again = world.Open();
        Assert.Equal(500UL, again.Arena.Root(2));
        Assert.True(again.Recovery.BlocksReplayed > 0);
        world.Run(again.CloseAsync);
    }

    [Fact]
    public void Create_CutShort_IsNoStoreOrAWholeOne()
    {
        int whole = 0;
        int refused = 0;
        for (ulong seed = 1; seed <= 60; seed++)
        {
            var world = new StoreWorld(seed);
            StoreOptions options = world.Options();
            world.Start(async () => await StoreShard.CreateAsync(world.Loop, options));
            world.World.RunFor(1 + world.World.Random.Next(4_000_000L));
            world.Crash(CrashKind.Power);
            options = world.Options();
            DerResult<StoreShard> result = world.TryOpen(options);
            if (result.IsSuccess)
            {
                whole++;
                world.Run(result.Value.CloseAsync);
                continue;
            }

            refused++;
            Assert.Contains(result.Code, new[] { DerCode.Nonexist, DerCode.DfInval });
            Assert.NotEmpty(options.Report.LastError);

            // The way out that the sentence names.
            _ = world.Node.Files.Exists("/store") ? world.Node.Files.Delete("/store") : DerCode.Success;
            world.Run(world.Create().CloseAsync);
        }

        Assert.True(whole > 5 && refused > 5, $"{whole} whole, {refused} refused");
    }

    [Fact]
    public void Commit_InsideACompletion_IsWrittenWithoutFurtherWork()
    {
        var world = new StoreWorld(3);
        StoreShard shard = world.Create();
        bool done = false;
        world.World.On(world.Loop, () =>
        {
            Assert.True(shard.Transaction.Begin().IsSuccess);
            shard.Transaction.ModifyRoot(1, 5);
            shard.Transaction.Commit(out LogPosition position);
            world.Loop.Spawn(WaitAsync(position));
        });
        Assert.True(world.World.RunUntil(() => done, limitNs: 100_000_000));

        async ValueTask WaitAsync(LogPosition position)
        {
            Assert.True((await shard.WaitStableAsync(position)).IsSuccess);
            done = true;
        }
    }
}
