using Daos.Fabric.Core.Checksums;
using Daos.Fabric.Store.Aggregation;
using Daos.Fabric.Store.Checking;
using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Tests.Io;
using Daos.Fabric.Store.Trees;

namespace Daos.Fabric.Store.Tests.Aggregation;

/// <summary>Scenarios of DAOS's aggregation of arrays (VOS405 to 414, 416 to 421, 423 to 434, 437).</summary>
public class ExtentAggregationTests
{
    private const string D = "d";
    private const string A = "array";

    [Fact]
    public void Aggregate_OneExtent_LeavesItAlone()
    {
        var store = new ObjectFixture();
        store.Write(D, A, 4, (10, 20, Fill(80, 1)));
        StoredValue before = Assert.Single(store.Count().Extents);
        Check(store, 4, 40);
        Assert.Equal(before, Assert.Single(store.Count().Extents));
        Assert.Equal(0, store.Shard.Aggregation.Merges);
    }

    [Fact]
    public void Aggregate_DisjointExtents_StayApart()
    {
        var store = new ObjectFixture();
        store.Write(D, A, 1, (0, 10, Fill(10, 1)), (20, 10, Fill(10, 2)));
        store.Write(D, A, 1, (40, 10, Fill(10, 3)));
        Check(store, 1, 60);
        Assert.Equal(3, store.Count().Extents.Count);
    }

    [Fact]
    public void Aggregate_AdjacentExtents_BecomeOne()
    {
        var store = new ObjectFixture();
        for (ulong i = 0; i < 20; i++)
        {
            store.Write(D, A, 3, (i * 10, 10, Fill(30, i)));
        }

        Check(store, 3, 220);
        StoredValue merged = Assert.Single(store.Count().Extents);
        Assert.Equal((0UL, 200UL, 600L, 0L), (merged.Start, merged.Count, merged.Bytes, merged.Data.LengthBytes));
        Assert.Equal((20L, 1L, 600L, 0L), (store.Shard.Aggregation.MergedExtents, store.Shard.Aggregation.Merges, store.Shard.Aggregation.MergedBytes, store.Shard.Aggregation.MovedBytes));
    }

    [Fact]
    public void Aggregate_OverlappingExtents_BecomeWhatShows()
    {
        var store = new ObjectFixture();
        for (ulong i = 0; i < 30; i++)
        {
            store.Write(D, A, 1, (i * 7 % 90, 25, Fill(25, i)));
        }

        Check(store, 1, 130);
        Assert.Single(store.Count().Extents);
    }

    [Fact]
    public void Aggregate_CoveredExtents_Go()
    {
        var store = new ObjectFixture();
        for (ulong i = 0; i < 9; i++)
        {
            store.Write(D, A, 1, (10 + i, 60, Fill(60, i)));
        }

        store.Write(D, A, 1, (0, 100, Fill(100, 99)));
        Check(store, 1, 120);
        Assert.Equal(100UL, Assert.Single(store.Count().Extents).Count);
        Assert.Equal(0, store.Shard.Aggregation.Merges);
    }

    [Theory]
    [InlineData(ChecksumType.None)]
    [InlineData(ChecksumType.Crc32C)]
    [InlineData(ChecksumType.Crc16)]
    [InlineData(ChecksumType.Sha256)]
    public void Aggregate_SmallExtents_MoveToTheDataFileWithChecksumsOfTheirOwn(ChecksumType type)
    {
        var store = new ObjectFixture();
        store.Calls.Type = type;
        store.Calls.VerifiesAll = true;
        long free = store.Shard.DataSpace.FreeBytes;
        ulong arena = store.Shard.Arena.LiveBytes;
        for (ulong i = 0; i < 100; i++)
        {
            store.Write(D, A, 1, (i * 1000, 1100, Fill(1100, i)));
        }

        Check(store, 1, 101_000);
        StoredValue merged = Assert.Single(store.Count().Extents);
        Assert.Equal(100_100L, merged.Bytes);
        Assert.Equal(25u, merged.Data.Blocks);
        Assert.Equal(100_100L, store.Shard.Aggregation.MovedBytes);
        Assert.Equal(free - merged.Data.LengthBytes, store.Shard.DataSpace.FreeBytes);
        Assert.InRange(store.Shard.Arena.LiveBytes - arena, 0UL, 12_000UL);
    }

    [Theory]
    [InlineData(4096u, 32768u, 4096u)]
    [InlineData(8192u, 32768u, 8192u)]
    [InlineData(12288u, 32768u, 8192u)]
    [InlineData(32768u, 32768u, 32768u)]
    [InlineData(65536u, 32768u, 32768u)]
    [InlineData(1000u, 32768u, 4096u)]
    [InlineData(4096u, 2048u, 2048u)]
    public void Aggregate_Extents_AreReadInWhatTheyWereWrittenIn(uint pieceBytes, uint chunkBytes, uint mergedChunkBytes)
    {
        ObjectFixture store = Roomy(chunkBytes);
        for (ulong i = 0; i < 6; i++)
        {
            store.Write(D, A, 1, (i * pieceBytes, pieceBytes, Fill((int)pieceBytes, i)));
        }

        Check(store, 1, 6 * pieceBytes);
        Assert.Equal(mergedChunkBytes, ChunkBytesOf(store, Assert.Single(store.Count().Extents)));
        long before = store.Shard.DataFile.ReadBytes;
        Assert.Equal(DerCode.Success, store.Read(D, A, pieceBytes, Math.Min(pieceBytes, 4096)).Code);
        Assert.InRange(store.Shard.DataFile.ReadBytes - before, 0, Math.Max(mergedChunkBytes, 4096));
    }

    [Fact]
    public void Aggregate_SmallExtentsOverALargeOne_KeepItsChunks()
    {
        ObjectFixture store = Roomy(32768);
        store.Write(D, A, 1, (0, 262_144, Fill(262_144, 1)));
        store.Write(D, A, 1, (8192, 4096, Fill(4096, 2)), (69_632, 4096, Fill(4096, 3)));
        Check(store, 1, 262_144);
        Assert.Equal(32768u, ChunkBytesOf(store, Assert.Single(store.Count().Extents)));
    }

    [Fact]
    public void Aggregate_SmallExtentsOverAMergedOne_JoinIt()
    {
        ObjectFixture store = Roomy(32768);
        for (ulong round = 0; round < 3; round++)
        {
            for (ulong i = 0; i < 16; i += round + 1)
            {
                store.Write(D, A, 1, (i * 4096, 4096, Fill(4096, (round * 100) + i)));
            }

            Check(store, 1, 65536);
            Assert.Equal(4096u, ChunkBytesOf(store, Assert.Single(store.Count().Extents)));
        }
    }

    [Fact]
    public void Aggregate_SmallExtentsOfDifferentChunks_BecomeOneAndLargeOnesStayApart()
    {
        ObjectFixture store = Roomy(32768);
        store.Write(D, A, 1, (0, 4096, Fill(4096, 1)));
        store.Calls.ChunkSize = 16384;
        store.Write(D, A, 1, (4096, 4096, Fill(4096, 2)));
        Check(store, 1, 8192);
        Assert.Equal(4096u, ChunkBytesOf(store, Assert.Single(store.Count().Extents)));

        store.Write("large", A, 1, (0, 32768, Fill(32768, 3)));
        store.Calls.ChunkSize = 8192;
        store.Write("large", A, 1, (32768, 32768, Fill(32768, 4)));
        Check(store, 1, 8192);
        Assert.Equal(3, store.Count().Extents.Count);
    }

    [Fact]
    public void Aggregate_MoreThanAMergeTakes_EndsWithLargeExtentsThatStayAsTheyAre()
    {
        var store = new ObjectFixture(change: options => options with { ArenaReserveBytes = 64 << 20, DataBytes = 64 << 20, MediaBufferCount = 8 });
        for (ulong i = 0; i < 90; i++)
        {
            store.Write(D, A, 1, (i * 30_000, 30_000, Fill(30_000, i)));
        }

        Check(store, 1, 2_800_000);
        List<StoredValue> extents = store.Count().Extents;
        Assert.Equal(3, extents.Count);
        long merges = store.Shard.Aggregation.Merges;
        store.Write("other", A, 1, (0, 1, [1]));
        Assert.Equal(DerCode.Success, store.Aggregate());
        Assert.Equal(merges, store.Shard.Aggregation.Merges);
    }

    [Fact]
    public void Aggregate_ExtentsOnBothSidesOfAMergesEnd_AreMergedOverIt()
    {
        var store = new ObjectFixture(change: options => options with { ArenaReserveBytes = 64 << 20, DataBytes = 64 << 20, MediaBufferCount = 8 });
        for (ulong i = 0; i < 6; i++)
        {
            store.Write(D, A, 1, (i * 300_000, 400_000, Fill(400_000, i)));
        }

        long free = store.Shard.DataSpace.FreeBytes;
        Check(store, 1, 2_000_000);
        Assert.Equal(1_900_000L, store.Count().Extents.Sum(extent => extent.Bytes));
        Assert.InRange(store.Shard.DataSpace.FreeBytes - free, 480_000, 520_000);
    }

    [Fact]
    public void Aggregate_ALargeExtentOfWhichLittleShows_ShrinksToIt()
    {
        var store = new ObjectFixture(change: options => options with { ArenaReserveBytes = 64 << 20, DataBytes = 64 << 20, MediaBufferCount = 8 });
        store.Write(D, A, 1, (0, 3_000_000, Fill(3_000_000, 1)));
        store.Write(D, A, 1, (100_000, 2_800_000, Fill(2_800_000, 2)));
        Check(store, 1, 3_000_000);
        Assert.Equal([100_000L, 100_000L, 2_800_000L], store.Count().Extents.Select(extent => extent.Bytes).Order());
    }

    [Fact]
    public void Aggregate_PunchedRanges_LeaveNoHolesBehind()
    {
        var store = new ObjectFixture();
        for (ulong i = 0; i < 10; i++)
        {
            store.Write(D, A, 1, (i * 10, 10, Fill(10, i)));
        }

        store.Write(D, A, 1, (5, 20, null), (40, 1000, null));
        store.Write(D, A, 1, (25, 3, null));
        Check(store, 1, 130);
        Assert.Equal([5L, 12L], store.Count().Extents.Select(extent => extent.Bytes).Order());
        Assert.DoesNotContain(store.Count().Extents, extent => extent.IsHole);
    }

    [Fact]
    public void Aggregate_OnlyHoles_LeaveNothing()
    {
        var store = new ObjectFixture();
        store.Write(D, A, 1, (0, 500, Fill(500, 1)));
        for (ulong i = 0; i < 60; i++)
        {
            store.Write(D, A, 1, (i * 9, 12, null));
        }

        store.Write(D, A, 1, (0, 1UL << 50, null));
        store.Aggregate();
        Assert.DoesNotContain(store.Count().Extents, extent => !extent.IsHole);
        store.Write("other", A, 1, (0, 1, [1]));
        store.Aggregate();
        Assert.Single(store.Count().Extents);
    }

    [Fact]
    public void Aggregate_HolesUnderASnapshot_StayWhileTheyHideSomething()
    {
        var store = new ObjectFixture();
        store.Write(D, A, 1, (0, 100, Fill(100, 1)));
        ulong snapshot = store.Snapshot();
        store.Write(D, A, 1, (20, 10, null), (50, 10, Fill(10, 2)), (60, 10, Fill(10, 3)));
        byte[] then = store.Read(D, A, 0, 100, snapshot).Bytes!;
        Check(store, 1, 100);
        Assert.Equal(then, store.Read(D, A, 0, 100, snapshot).Bytes!);
        Assert.Equal(3, store.Count().Extents.Count);
        Assert.Equal(DerCode.Success, store.DestroySnapshot(snapshot));
        Check(store, 1, 100);
        Assert.Equal([20L, 70L], store.Count().Extents.Select(extent => extent.Bytes).Order());
    }

    [Fact]
    public void Aggregate_UpdatesAgainAndAgain_KeepsTheArrayInOnePiece()
    {
        var store = new ObjectFixture();
        for (ulong round = 0; round < 12; round++)
        {
            for (ulong i = 0; i < 10; i++)
            {
                store.Write(D, A, 2, ((round * 5) + (i * 8), 9, Fill(18, (round * 100) + i)));
            }

            Check(store, 2, 200);
        }

        Assert.Single(store.Count().Extents);
    }

    [Fact]
    public void Aggregate_Parity_IsMergedBesideTheData()
    {
        var store = new ObjectFixture();
        const ulong Parity = 1UL << 63;
        for (ulong i = 0; i < 10; i++)
        {
            store.Write(D, A, 1, (i * 10, 10, Fill(10, i)));
            store.Run(() => store.Calls.WriteAsync(CallKeys.Of(D, A) with { Flags = OperationFlags.Parity }, 1, (Parity + (i * 10), 10, Fill(10, 50 + i))));
        }

        Check(store, 1, 120);
        Assert.Equal([(0UL, 100UL), (Parity, 100UL)], store.Count().Extents.Select(extent => (extent.Start, extent.Count)).Order());
        var parity = store.Run(() => store.Calls.ReadAsync(CallKeys.Of(D, A) with { Flags = OperationFlags.Parity }, Parity, 100));
        Assert.Equal(Enumerable.Range(0, 10).SelectMany(i => Fill(10, 50 + (ulong)i)), parity.Bytes!);
    }

    [Fact]
    public void Aggregate_FullDataFile_GivesMergesUpAndKeepsEverything()
    {
        var store = new ObjectFixture(change: options => options with { ArenaReserveBytes = 64 << 20, DataBytes = 1 << 20 });
        store.Write("full", A, 1, (0, 900_000, Fill(900_000, 1)));
        for (ulong i = 0; i < 100; i++)
        {
            store.Write(D, A, 1, (i * 3000, 3000, Fill(3000, i)));
        }

        Check(store, 1, 300_000);
        Assert.True(store.Shard.Aggregation.SkippedMerges > 0);
    }

    [Fact]
    public void Aggregate_AnArrayThatChangesMeanwhile_IsNotSpoiled()
    {
        var store = new ObjectFixture(change: options => options with { ArenaReserveBytes = 64 << 20, DataBytes = 64 << 20, MediaBufferCount = 8 });
        var model = new byte[400_000];
        DerCode? outcome = null;
        for (ulong round = 0; round < 5; round++)
        {
            for (ulong i = 0; i < 40; i++)
            {
                Put(i * 9000, 10_000, (round * 100) + i);
            }

            outcome = null;
            store.World.Start(async () => outcome = await store.Shard.AggregateAsync(Core.Identities.Epoch.Max, new AggregationControl()));
            for (ulong i = 0; i < 60; i++)
            {
                store.World.World.RunFor(200_000);
                Put(i * 5000 % 380_000, 6000, (round * 1000) + i);
            }

            store.World.World.RunUntil(() => outcome is not null);
            Assert.Equal(DerCode.Success, outcome);
        }

        Assert.Equal(model, store.Read(D, A, 0, 400_000).Bytes!);

        void Put(ulong start, int length, ulong seed)
        {
            byte[] bytes = Fill(length, seed);
            bytes.CopyTo(model, (int)start);
            Assert.Equal(DerCode.Success, store.Write(D, A, 1, (start, (ulong)length, bytes)).Code);
        }
    }

    private static byte[] Fill(int length, ulong seed)
    {
        var bytes = new byte[length];
        new SeededRandom(seed + 77).Fill(bytes);
        return bytes;
    }

    // The same before and after, also through other fetches than one.
    private static ObjectFixture Roomy(uint chunkBytes)
    {
        var store = new ObjectFixture(change: options => options with { ArenaReserveBytes = 64 << 20, DataBytes = 64 << 20, MediaBufferCount = 8 });
        store.Calls.ChunkSize = chunkBytes;
        return store;
    }

    private static unsafe uint ChunkBytesOf(ObjectFixture store, StoredValue extent) =>
        ((ExtentDf*)store.Shard.Arena.At(extent.ArenaOffset, sizeof(ExtentDf)))->Chunks.PartBytes;

    private static void Check(ObjectFixture store, int recordBytes, ulong records)
    {
        (DerCode code, byte[]? bytes, bool[] map) = store.Read(D, A, 0, records);
        Assert.Equal(DerCode.Success, code);
        Assert.Equal(records * (ulong)recordBytes, (ulong)bytes!.Length);
        Assert.Equal(DerCode.Success, store.Aggregate());
        (code, byte[]? after, bool[] mapAfter) = store.Read(D, A, 0, records);
        Assert.Equal(DerCode.Success, code);
        Assert.True(bytes.AsSpan().SequenceEqual(after), "bytes differ");
        Assert.True(map.AsSpan().SequenceEqual(mapAfter), "holes differ");
        (code, after, _) = store.Read(D, A, records / 3, records / 3);
        Assert.Equal(DerCode.Success, code);
        Assert.True(bytes.AsSpan((int)(records / 3) * recordBytes, (int)(records / 3) * recordBytes).SequenceEqual(after), "a part differs");
    }
}
