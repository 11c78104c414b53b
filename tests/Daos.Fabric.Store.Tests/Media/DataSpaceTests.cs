using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store.Tests.Media;

public class DataSpaceTests
{
    private const long MiB = 1 << 20;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void ReservePublishFree_AtRandom_MatchesModel(ulong seed)
    {
        var world = new StoreWorld(seed);
        StoreShard shard = world.Create(world.Options(isVolatile: true) with { VerifyRanges = true });
        DataSpace space = shard.DataSpace;
        var random = new SeededRandom(seed);
        var held = new List<(DataExtent Extent, bool Published)>();
        var used = new HashSet<ulong>();
        long free = space.FreeBytes;
        Assert.Equal((8 * MiB) - 4096, free);
        for (int round = 0; round < 3000; round++)
        {
            if (held.Count > 0 && random.Chance(0.5))
            {
                int index = random.Next(held.Count);
                (DataExtent extent, bool published) = held[index];
                if (published)
                {
                    shard.Transaction.Begin();
                    space.Free(shard.Transaction, extent);
                    if (random.Chance(0.2))
                    {
                        shard.Transaction.Abort();
                        continue;
                    }

                    shard.Transaction.Commit(out _);
                }
                else
                {
                    space.Cancel(extent);
                }

                held.RemoveAt(index);
                free += extent.LengthBytes;
                for (ulong block = extent.Block; block < extent.Block + extent.Blocks; block++)
                {
                    Assert.True(used.Remove(block));
                }
            }
            else if (space.Reserve(1 + random.Next(random.Chance(0.2) ? MiB : 20_000), out DataExtent extent).IsSuccess)
            {
                for (ulong block = extent.Block; block < extent.Block + extent.Blocks; block++)
                {
                    Assert.True(used.Add(block) && block > 0);
                }

                bool publish = random.Chance(0.7);
                if (publish)
                {
                    shard.Transaction.Begin();
                    space.Publish(shard.Transaction, extent);
                    shard.Transaction.Commit(out _);
                }

                held.Add((extent, publish));
                free -= extent.LengthBytes;
            }

            Assert.Equal(free, space.FreeBytes);
        }
    }

    [Fact]
    public void Reserve_UntilFull_IsTypedAndTakesEverything()
    {
        var world = new StoreWorld(1);
        DataSpace space = world.Create(world.Options(isVolatile: true)).DataSpace;
        var extents = new List<DataExtent>();
        while (space.Reserve(MiB, out DataExtent extent, AllocationStream.Aggregation).IsSuccess)
        {
            extents.Add(extent);
        }

        Assert.True(extents.Count >= 6);
        while (space.Reserve(1, out DataExtent extent, AllocationStream.Aggregation).IsSuccess)
        {
            extents.Add(extent);
        }

        Assert.Equal(0, space.FreeBytes);
        Assert.Equal(DerCode.NoSpace, space.Reserve(1, out _, AllocationStream.Aggregation));
        extents.ForEach(space.Cancel);
        Assert.Equal((8 * MiB) - 4096, space.FreeBytes);
    }

    [Fact]
    public void Free_WhileReadUnderWay_IsNotReusedBeforeItEnds()
    {
        var world = new StoreWorld(1);
        StoreShard shard = world.Create(world.Options(isVolatile: true));
        DataSpace space = shard.DataSpace;
        space.Reserve(MiB, out DataExtent extent);
        shard.Transaction.Begin();
        space.Publish(shard.Transaction, extent);
        shard.Transaction.Commit(out _);
        long ticket = space.EnterRead();
        long free = space.FreeBytes;
        shard.Transaction.Begin();
        space.Free(shard.Transaction, extent);
        shard.Transaction.Commit(out _);
        Assert.Equal(free, space.FreeBytes);
        Assert.Equal(MiB, space.PendingFreeBytes);

        // A reader that came after the free does not hold it back.
        long late = space.EnterRead();
        space.LeaveRead(ticket);
        Assert.Equal(free + MiB, space.FreeBytes);
        space.LeaveRead(late);
    }

    [Fact]
    public void WriteThenRead_ThroughBuffers_ComesBack()
    {
        var world = new StoreWorld(7);
        StoreShard shard = world.Create(world.Options(isVolatile: true));
        world.Run(async () =>
        {
            Core.Buffers.OwnedBuffer buffer = await shard.Buffers.RentAsync();
            buffer.GetSpan().Fill(0x5A);
            shard.DataSpace.Reserve(MiB, out DataExtent extent);
            Assert.True((await shard.WriteDataAsync(AddressOf(buffer), (int)extent.LengthBytes, extent.OffsetBytes)).IsSuccess);
            Assert.True((await shard.FlushDataAsync()).IsSuccess);
            buffer.GetSpan().Clear();
            Assert.True((await shard.ReadDataAsync(AddressOf(buffer), (int)extent.LengthBytes, extent.OffsetBytes)).IsSuccess);
            Assert.False(buffer.GetSpan().ContainsAnyExcept((byte)0x5A));
            shard.Buffers.Return(buffer);
        });
        world.Run(shard.CloseAsync);
    }

    private static unsafe nint AddressOf(Core.Buffers.OwnedBuffer buffer) => (nint)buffer.Address;
}
