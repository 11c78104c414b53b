using Daos.Fabric.Reactor.Simulated;

namespace Daos.Fabric.Store.Tests.Journal;

public class LogWriterTests
{
    [Fact]
    public void Commit_ManyInOneTurn_ShareABlock()
    {
        var world = new StoreWorld(1);
        StoreShard shard = world.Create();
        long blocks = shard.Statistics.LogBlocks;
        world.Run(async () =>
        {
            LogPosition position = default;
            for (ulong i = 0; i < 100; i++)
            {
                shard.Transaction.Begin();
                shard.Transaction.ModifyRoot(3, i);
                shard.Transaction.Commit(out position);
            }

            Assert.True((await shard.WaitStableAsync(position)).IsSuccess);
        });
        Assert.Equal(blocks + 1, shard.Statistics.LogBlocks);
    }

    [Fact]
    public void WaitStable_ManyWaiters_AreAnsweredInLogOrder()
    {
        var world = new StoreWorld(2);
        StoreShard shard = world.Create();
        var order = new List<int>();
        int finished = 0;
        for (int i = 0; i < 200; i++)
        {
            int number = i;
            world.Start(async () =>
            {
                await shard.AdmitAsync();
                shard.Transaction.Begin();
                shard.Transaction.ModifyRoot(3, (ulong)number);
                shard.Transaction.Commit(out LogPosition position);
                order.Add(-1 - number);
                await shard.WaitStableAsync(position);
                order.Add(1 + number);
                finished++;
            });
        }

        Assert.True(world.World.RunUntil(() => finished == 200));
        Assert.Equal(order.Where(n => n < 0).Select(n => -n), order.Where(n => n > 0));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Append_FasterThanTheDisk_WaitsAndWrapsWithoutDeadlock(ulong seed)
    {
        var world = new StoreWorld(seed);
        StoreOptions options = world.Options() with
        {
            LogBytes = 128 << 10,
            LogBlockBytes = 8 << 10,
            CheckpointIntervalMs = 1 << 20,
            ArenaReserveBytes = 2 << 20,
        };
        StoreShard shard = world.Create(options);
        world.Node.Disk.Options.LatencyMaxNs = 2_000_000;
        ulong start = shard.AppendedPosition.Value;
        int finished = 0;
        ulong last = 0;
        for (int i = 0; i < 64; i++)
        {
            int size = 500 + (i * 60);
            world.Start(async () =>
            {
                ulong held = 0;
                for (int n = 0; n < 30; n++)
                {
                    DerCode code;
                    do
                    {
                        Assert.True((await shard.AdmitAsync()).IsSuccess);
                        code = shard.Transaction.Begin();
                    }
                    while (code == DerCode.Again);
                    Assert.True(code.IsSuccess);
                    if (held != 0)
                    {
                        shard.Transaction.Free(held, size);
                    }

                    held = shard.Transaction.Allocate(size);
                    Assert.NotEqual(0UL, held);
                    shard.Transaction.ModifyRoot(5, ++last);
                    Assert.True(shard.Transaction.Commit(out LogPosition position).IsSuccess);
                    Assert.True((await shard.WaitStableAsync(position)).IsSuccess);
                }

                finished++;
            });
        }

        Assert.True(world.World.RunUntil(() => finished == 64), "the log came to a halt");
        Assert.True(shard.AppendedPosition.Value - start > 8 * (ulong)options.LogBytes);
        Assert.True(shard.Statistics.LogWaits > 0);
        Assert.True(shard.Statistics.Checkpoints > 4);
        ulong live = shard.Arena.LiveBytes;
        world.Crash(CrashKind.Power);
        StoreShard again = world.Open(options with { Hlc = world.Hlc });
        Assert.Equal(last, again.Arena.Root(5));
        Assert.Equal(live, again.Arena.LiveBytes);
    }

    [Fact]
    public void Commit_LargerThanABlock_SpansBlocksAndComesBackWhole()
    {
        var world = new StoreWorld(9);
        StoreOptions options = world.Options() with { LogBytes = 512 << 10, LogBlockBytes = 16 << 10 };
        StoreShard shard = world.Create(options);
        ulong[] blocks = new ulong[10];
        world.Run(async () =>
        {
            for (int round = 0; round < 30; round++)
            {
                Assert.True((await shard.AdmitAsync()).IsSuccess);
                Assert.True(shard.Transaction.Begin().IsSuccess);
                for (int i = 0; i < blocks.Length; i++)
                {
                    if (round > 0)
                    {
                        shard.Transaction.Free(blocks[i], 8000);
                    }

                    blocks[i] = shard.Transaction.Allocate(8000);
                    Fill(shard, blocks[i], (byte)((round * 10) + i));
                }

                Assert.True(shard.Transaction.RedoBytes > 4 * options.LogBlockBytes);
                Assert.True(shard.Transaction.Commit(out LogPosition position).IsSuccess);
                Assert.True((await shard.WaitStableAsync(position)).IsSuccess);
            }
        });
        world.Crash(CrashKind.Power);
        StoreShard again = world.Open(options with { Hlc = world.Hlc });
        for (int i = 0; i < blocks.Length; i++)
        {
            Assert.True(IsFilled(again, blocks[i], (byte)((29 * 10) + i)));
        }
    }

    private static unsafe void Fill(StoreShard shard, ulong block, byte value) =>
        new Span<byte>(shard.Arena.At(block, 8000), 8000).Fill(value);

    private static unsafe bool IsFilled(StoreShard shard, ulong block, byte value) =>
        !new Span<byte>(shard.Arena.At(block, 8000), 8000).ContainsAnyExcept(value);
}
