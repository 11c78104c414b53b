using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store.Tests.Media;

/// <summary>Where data extents go and when freed ones come back: what VEA does with hints, bitmap chunks and ageing.</summary>
public class DataPlacementTests
{
    private const int Block = DataExtent.BlockBytes;
    private const int MiB = 1 << 20;

    [Fact]
    public void Streams_KeepApart_AndEachLiesTogether()
    {
        StoreShard shard = Open(64 * MiB);
        var last = new DataExtent[2];
        for (int i = 0; i < 20; i++)
        {
            foreach (AllocationStream stream in Enum.GetValues<AllocationStream>())
            {
                Assert.Equal(DerCode.Success, shard.DataSpace.Reserve(MiB, out DataExtent extent, stream));
                DataExtent before = last[(int)stream];
                Assert.True(before.Blocks == 0 || before.Block + before.Blocks == extent.Block, $"{stream}: {before} then {extent}");
                last[(int)stream] = extent;
            }
        }
    }

    [Fact]
    public void SmallExtents_FillTheHolesOfSmallOnes_FirstPlaceFirst()
    {
        StoreShard shard = Open(64 * MiB);
        DataSpace space = shard.DataSpace;
        var small = new List<DataExtent>();
        for (int i = 0; i < 100; i++)
        {
            space.Reserve(3 * Block, out DataExtent extent);
            small.Add(extent);
        }

        Assert.Equal(1UL, small[0].Block);
        Assert.Equal(100UL * 3, small[^1].Block + small[^1].Blocks - 1);
        space.Cancel(small[70]);
        space.Cancel(small[20]);
        space.Cancel(small[21]);
        space.Reserve(2 * Block, out DataExtent two);
        Assert.Equal(small[20].Block, two.Block);
        space.Reserve(4 * Block, out DataExtent four);
        Assert.Equal(small[20].Block + 2, four.Block);
        space.Reserve(3 * Block, out DataExtent three);
        Assert.Equal(small[70].Block, three.Block);
        space.Reserve(63 * Block, out DataExtent most);
        Assert.Equal(301UL, most.Block);
    }

    // Against a placement without bounds: the first place that is large enough, always.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void SmallExtents_AtRandom_AlwaysTakeTheFirstPlace(ulong seed)
    {
        var random = new SeededRandom(seed);
        const int Blocks = 2048;
        using var free = new FreeBlocks(Blocks, Blocks);
        free.Add(1, Blocks - 1);
        var placement = new BlockPlacement(free, Blocks);
        bool[] used = new bool[Blocks];
        used[0] = true;
        var held = new List<(long Block, int Count)>();
        for (int i = 0; i < 20_000; i++)
        {
            if (held.Count > 0 && random.Chance(held.Count > 60 ? 0.55 : 0.4))
            {
                int index = random.Next(held.Count);
                (long block, int count) = held[index];
                held.RemoveAt(index);
                placement.Return(block, (uint)count);
                Array.Fill(used, false, (int)block, count);
                continue;
            }

            int wanted = random.Chance(0.05) ? 64 + random.Next(100) : 1 + random.Next(63);
            long taken = placement.Take((uint)wanted, AllocationStream.Io);
            if (wanted < BlockPlacement.SmallBlocks)
            {
                Assert.Equal(FirstRun(used, wanted), taken);
            }

            if (taken >= 0)
            {
                Array.Fill(used, true, (int)taken, wanted);
                held.Add((taken, wanted));
            }
        }
    }

    // Small extents of random life beside large ones: packed at the front they leave room for large ones in one piece.
    [Fact]
    public void LargeExtents_FitAfterLongMixedUse()
    {
        StoreShard shard = Open(64 * MiB);
        DataSpace space = shard.DataSpace;
        var random = new SeededRandom(5);
        var small = new List<DataExtent>();
        for (int i = 0; i < 60_000; i++)
        {
            if (small.Count > 900 || (small.Count > 0 && random.Chance(0.49)))
            {
                int index = random.Next(small.Count);
                space.Cancel(small[index]);
                small[index] = small[^1];
                small.RemoveAt(small.Count - 1);
            }
            else if (space.Reserve((1 + random.Next(15)) * Block, out DataExtent extent).IsSuccess)
            {
                small.Add(extent);
            }
        }

        ulong highest = small.Max(e => e.Block + e.Blocks);
        long usedBytes = small.Sum(e => e.LengthBytes);
        Assert.True((long)highest * Block < 2 * usedBytes, $"{usedBytes} bytes spread over {(long)highest * Block}");
    }

    [Fact]
    public void FreedExtents_RestBeforeTheyAreTakenAgain_UnlessTheyAreNeeded()
    {
        var world = new StoreWorld(1);
        StoreShard shard = world.Create(world.Options(isVolatile: true) with { DataBytes = 64 * MiB, DataAgeMs = 3000 });
        DataSpace space = shard.DataSpace;
        DataExtent first = Publish(shard, 3 * Block);
        long free = space.FreeBytes;
        Free(shard, first);
        Assert.Equal(free + (3 * Block), space.FreeBytes);
        Assert.Equal(3 * Block, space.AgeingBytes);
        space.Reserve(3 * Block, out DataExtent other);
        Assert.NotEqual(first.Block, other.Block);

        world.World.RunFor(3_000_000_000);

        // The loop reads its clock once per turn.
        world.Run(() => ValueTask.FromResult(true));
        space.Reserve(3 * Block, out DataExtent again);
        Assert.Equal(first.Block, again.Block);
        Assert.Equal(0, space.AgeingBytes);

        // Everything is taken but what rests: then it does not rest.
        DataExtent last = Publish(shard, MiB);
        while (space.Reserve(MiB, out _).IsSuccess)
        {
        }

        Free(shard, last);
        Assert.True(space.FreeBytes >= MiB);
        Assert.Equal(MiB, space.AgeingBytes);
        Assert.Equal(DerCode.Success, space.Reserve(MiB, out _));
        Assert.Equal(0, space.AgeingBytes);
    }

    [Fact]
    public void FreedExtents_BeforeTheRecordIsStable_AreNotTakenEvenIfNeeded()
    {
        var world = new StoreWorld(1);
        StoreShard shard = world.Create(world.Options() with { DataBytes = 2 * MiB, DataAgeMs = 0 });
        DataSpace space = shard.DataSpace;
        DataExtent extent = default;
        world.World.On(world.Loop, () =>
        {
            extent = Publish(shard, MiB);
            Free(shard, extent);
            Assert.Equal(DerCode.NoSpace, space.Reserve(MiB + (Block * 32), out _));
            Assert.Equal(MiB, space.PendingFreeBytes);
        });
        Assert.Equal(DerCode.Success, world.Run(() => shard.WaitStableAsync(shard.AppendedPosition)));
        Assert.Equal(DerCode.Success, space.Reserve(MiB + (Block * 32), out _));
        world.Run(shard.CloseAsync);
    }

    private static StoreShard Open(long dataBytes)
    {
        var world = new StoreWorld(1);
        return world.Create(world.Options(isVolatile: true) with { DataBytes = dataBytes });
    }

    private static DataExtent Publish(StoreShard shard, long bytes)
    {
        Assert.Equal(DerCode.Success, shard.DataSpace.Reserve(bytes, out DataExtent extent));
        Assert.Equal(DerCode.Success, shard.Transaction.Begin());
        shard.DataSpace.Publish(shard.Transaction, extent);
        Assert.Equal(DerCode.Success, shard.Transaction.Commit(out _));
        return extent;
    }

    private static void Free(StoreShard shard, DataExtent extent)
    {
        Assert.Equal(DerCode.Success, shard.Transaction.Begin());
        shard.DataSpace.Free(shard.Transaction, extent);
        Assert.Equal(DerCode.Success, shard.Transaction.Commit(out _));
    }

    private static long FirstRun(bool[] used, int count)
    {
        int run = 0;
        for (int block = 0; block < used.Length; block++)
        {
            run = used[block] ? 0 : run + 1;
            if (run == count)
            {
                return block - count + 1;
            }
        }

        return -1;
    }
}
