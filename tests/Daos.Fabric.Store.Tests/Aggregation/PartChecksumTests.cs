using Daos.Fabric.Core.Checksums;
using Daos.Fabric.Reactor.Simulated;
using Daos.Fabric.Store.Checking;
using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Media;
using Daos.Fabric.Store.Scrubbing;
using Daos.Fabric.Store.Tests.Io;
using Daos.Fabric.Store.Tests.Scrubbing;
using Daos.Fabric.Store.Trees;

namespace Daos.Fabric.Store.Tests.Aggregation;

/// <summary>What small extents cost to read once they were put together: their chunks are cut in parts with checksums of their own.</summary>
public class PartChecksumTests
{
    private const int Block = DataExtent.BlockBytes;
    private const uint Chunk = 32 << 10;
    private const int Blocks = 100;

    /// <summary>Bytes that the media give for a random read of 4 KiB, counted at the disk: as many as before the aggregation.</summary>
    [Theory]
    [InlineData(ChecksumType.Crc32C)]
    [InlineData(ChecksumType.Crc64)]
    [InlineData(ChecksumType.Sha512)]
    public void RandomReads_OfAggregatedBlocks_TakeNoMoreFromMediaThanBefore(ChecksumType type)
    {
        ObjectFixture store = Store(type);
        byte[] data = WriteBlocks(store, 1);

        // Faults that never happen: each counts the reads that touch its block.
        MediaFault[] touched = [.. Enumerable.Range(0, (int)(store.Shard.DataSpace.TotalBytes / Block)).Select(block => store.World.Node.Disk.Inject(
            new MediaFault(MediaFaultKind.ReadFlipped) { FromBytes = block * (long)Block, ToBytes = (block + 1) * (long)Block, Chance = 0 }))];
        Assert.Equal((Blocks, Blocks * (long)Block), ReadAll(store, data, touched));
        Assert.Equal(DerCode.Success, store.Aggregate());
        Assert.Equal((Blocks * Block, Chunk, (uint)Block), MergedOf(store));
        Assert.Equal((Blocks, Blocks * (long)Block), ReadAll(store, data, touched));
    }

    /// <summary>Parts are as long as the writes were, in halves of the chunk, whole blocks at least; whole chunks where longer ones were written.</summary>
    [Theory]
    [InlineData(3000, 4096)]
    [InlineData(4096, 4096)]
    [InlineData(8192, 8192)]
    [InlineData(9000, 8192)]
    [InlineData(16_384, 16_384)]
    [InlineData(32_768, 32_768)]
    [InlineData(60_000, 32_768)]
    public void Parts_FollowTheSizeOfWrites(int writeBytes, uint partBytes)
    {
        ObjectFixture store = Store(ChecksumType.Crc32C);
        byte[] data = Bytes(8 * writeBytes, 1);
        for (int i = 0; i < 8; i++)
        {
            store.Write("d", "a", 1, ((ulong)(i * writeBytes), (ulong)writeBytes, data[(i * writeBytes)..((i + 1) * writeBytes)]));
        }

        Assert.Equal(DerCode.Success, store.Aggregate());
        Assert.Equal((data.Length, Chunk, partBytes), MergedOf(store));
        Assert.Equal(data, store.Read("d", "a", 0, (ulong)data.Length).Bytes!);
    }

    /// <summary>A chunk that halves do not divide is not cut below what they do; one of less than two blocks not at all.</summary>
    [Theory]
    [InlineData(20_480, 5_120)]
    [InlineData(10_000, 5_000)]
    [InlineData(12_289, 12_289)]
    [InlineData(512, 512)]
    public void Chunks_OfOddSizes_AreCutAsFarAsTheyCan(uint chunk, uint partBytes)
    {
        ObjectFixture store = Store(ChecksumType.Crc32C, chunk);
        byte[] data = WriteBlocks(store, 1);
        Assert.Equal(DerCode.Success, store.Aggregate());
        Assert.Equal((data.Length, chunk, partBytes), MergedOf(store));
        for (ulong at = 0; at < 60_000; at += 3111)
        {
            Assert.True(data.AsSpan((int)at, 5000).SequenceEqual(store.Read("d", "a", at, 5000).Bytes), $"at {at}");
        }
    }

    /// <summary>What was merged once and merges again counts as what it was made of.</summary>
    [Fact]
    public void Merged_MergedAgain_KeepsItsParts()
    {
        ObjectFixture store = Store(ChecksumType.Crc32C);
        byte[] data = Bytes(60 * Block, 3);
        for (int part = 0; part < 3; part++)
        {
            for (int i = part * 20; i < (part + 1) * 20; i++)
            {
                store.Write("d", "a", 1, ((ulong)(i * Block), Block, data[(i * Block)..((i + 1) * Block)]));
            }

            Assert.Equal(DerCode.Success, store.Aggregate());
            Assert.Equal(((part + 1) * 20 * Block, Chunk, (uint)Block), MergedOf(store));
        }

        Assert.Equal(data, store.Read("d", "a", 0, 60 * Block).Bytes!);
    }

    /// <summary>Answers of several ranges, and long ones, come in the chunks that were written: one description, and few checksums, for all.</summary>
    [Fact]
    public void Answers_AreInPartsOnlyWhenShortAndAlone()
    {
        ObjectFixture store = Store(ChecksumType.Crc32C);
        byte[] data = WriteBlocks(store, 5);
        Assert.Equal(DerCode.Success, store.Aggregate());
        Assert.Equal([(uint)Block], ChunksOf(store, (0, Blocks * Block)));
        Assert.Equal([Chunk, Chunk], ChunksOf(store, (0, Block), (5 * Block, 3 * Block)));
        Assert.Equal([Chunk], ChunksOf(store, (0, FetchPlan.GatheredBytesMax + 1)));
        Assert.True(data.AsSpan().SequenceEqual(store.Read("d", "a", 0, FetchPlan.GatheredBytesMax + 1).Bytes.AsSpan(0, data.Length)));
    }

    /// <summary>Damage of one part concerns its readers alone; the scrubber finds it, in bytes and in checksums.</summary>
    [Fact]
    public void Damage_OfOnePart_IsFoundThereAndByTheScrubber()
    {
        foreach (bool inChecksum in (bool[])[false, true])
        {
            ObjectFixture store = Store(ChecksumType.Crc32C);
            byte[] data = WriteBlocks(store, 7);
            Assert.Equal(DerCode.Success, store.Aggregate());
            var stored = new TestKit.Faults.StoredValue(store.Shard, ObjectFixture.Container, ObjectFixture.Object, "d"u8.ToArray(), "a"u8.ToArray());
            if (inChecksum)
            {
                store.On(() => stored.FlipChecksum(9 * Block));
            }
            else
            {
                store.World.Run(() => stored.FlipByteAsync((9 * Block) + 5));
            }

            Assert.True(data.AsSpan(8 * Block, Block).SequenceEqual(store.Read("d", "a", 8 * Block, Block).Bytes), "its neighbour");
            Assert.True(data.AsSpan(10 * Block, 40 * Block).SequenceEqual(store.Read("d", "a", 10 * Block, 40 * Block).Bytes), "what lies behind it");
            store.On(() => store.Shard.StartScrub(new ScrubOptions { Mode = ScrubMode.Timed, FrequencySeconds = 10 }));
            Assert.True(store.World.World.RunUntil(() => store.Shard.ScrubStatistics.Passes > 0));
            Assert.Equal(1, store.Shard.ScrubStatistics.Corrupted);
            store.World.Run(() => store.Shard.StopScrubAsync());
            Assert.Equal(DerCode.Checksum, store.Read("d", "a", 9 * Block, Block).Code);
        }
    }

    /// <summary>Two small extents of one chunk, in the arena, read together: the answer's checksum is new, so both are checked before.</summary>
    [Theory]
    [InlineData(0, 300)]
    [InlineData(0, 200)]
    [InlineData(50, 250)]
    public void Damage_InTheArena_IsFoundBeforeTheAnswerGetsANewChecksum(ulong start, ulong end)
    {
        ObjectFixture store = Store(ChecksumType.Crc32C);
        store.Write("d", "a", 1, (0, 100, Bytes(100, 1)), (100, 200, Bytes(200, 2)));
        var stored = new TestKit.Faults.StoredValue(store.Shard, ObjectFixture.Container, ObjectFixture.Object, "d"u8.ToArray(), "a"u8.ToArray());
        store.World.Run(() => stored.FlipByteAsync(150));
        Assert.Equal(DerCode.Checksum, store.Read("d", "a", start, end - start).Code);
    }

    private static ObjectFixture Store(ChecksumType type, uint chunk = Chunk)
    {
        var store = new ObjectFixture(change: options => options with { ArenaReserveBytes = 64 << 20, DataBytes = 4 << 20, MediaBufferCount = 4 });
        store.Calls.Type = type;
        store.Calls.ChunkSize = chunk;
        return store;
    }

    private static byte[] WriteBlocks(ObjectFixture store, ulong seed)
    {
        byte[] data = Bytes(Blocks * Block, seed);
        foreach (int block in Enumerable.Range(0, Blocks).OrderBy(block => (block * 37) % Blocks))
        {
            byte[] bytes = data.AsSpan(block * Block, Block).ToArray();
            Assert.Equal(DerCode.Success, store.Write("d", "a", 1, ((ulong)(block * Block), Block, bytes)).Code);
        }

        return data;
    }

    // Blocks that the disk gave, and bytes that the store asked for.
    private static (long Blocks, long Bytes) ReadAll(ObjectFixture store, byte[] data, MediaFault[] touched)
    {
        long blocks = touched.Sum(fault => fault.Visits);
        long bytes = store.Shard.Statistics.DataReadBytes;
        foreach (int block in Enumerable.Range(0, Blocks).OrderBy(block => (block * 53) % Blocks))
        {
            Assert.True(data.AsSpan(block * Block, Block).SequenceEqual(store.Read("d", "a", (ulong)(block * Block), Block).Bytes), $"block {block}");
        }

        return (touched.Sum(fault => fault.Visits) - blocks, store.Shard.Statistics.DataReadBytes - bytes);
    }

    private static unsafe (long Bytes, uint Chunk, uint Part) MergedOf(ObjectFixture store)
    {
        (long, uint, uint) found = default;
        store.On(() =>
        {
            CheckedValue value = Assert.Single(StoredRecords.All(store.Shard));
            ExtentChunks chunks = store.Shard.Arena.At<ExtentDf>(value.Record)->Chunks;
            found = (value.Bytes, chunks.Bytes, chunks.PartBytes);
        });
        return found;
    }

    private static uint[] ChunksOf(ObjectFixture store, params (int Start, int Count)[] ranges) => store.Run(async () =>
    {
        using var call = new NativeCall(CallKeys.Of("d", "a"), []);
        FetchPlan plan = Begin(store, call, ranges);
        Assert.Equal(DerCode.Success, plan.Resolve());
        await Task.CompletedTask;
        uint[] chunks = [.. ranges.Select((_, value) => plan.ChunkBytesOf(value))];
        plan.Free();
        return chunks;
    });

    private static unsafe FetchPlan Begin(ObjectFixture store, NativeCall call, (int Start, int Count)[] ranges)
    {
        var target = new ObjectTarget
        {
            Container = ObjectFixture.Container,
            Object = ObjectFixture.Object,
            Dkey = call.Dkey,
            DkeyLength = call.DkeyLength,
        };
        FetchPlan plan = store.Shard.BeginFetch(in target);
        foreach ((int start, int count) in ranges)
        {
            Assert.Equal(DerCode.Success, plan.AddExtent(call.Akey, call.AkeyLength, (ulong)start, (ulong)count));
        }

        return plan;
    }

    private static byte[] Bytes(int count, ulong seed)
    {
        byte[] bytes = new byte[count];
        new SeededRandom(seed).Fill(bytes);
        return bytes;
    }
}
