using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Core.Checksums;
using Daos.Fabric.Store.Checking;
using Daos.Fabric.Store.Media;
using Daos.Fabric.Store.Trees;

namespace Daos.Fabric.Store.Tests.Scrubbing;

/// <summary>
/// Every value of an open shard as the offline check finds them, which shares no code with the scrubber's walk; to be damaged, and to be asked
/// for marks. On the shard's owner thread.
/// </summary>
internal static class StoredRecords
{
    internal static List<CheckedValue> All(StoreShard shard)
    {
        var report = new CheckReport();
        var allocations = new AllocationMap(shard.Arena, report);
        var blocks = new BlockMap(shard.Arena, allocations, report);
        allocations.Build();
        blocks.Build(shard.Options.DataBytes);
        var walker = new StoreWalker(shard.Arena, allocations, blocks, report, visitor: null);
        walker.Run();
        Assert.Equal(0, report.DamageCount);
        return walker.Values;
    }

    internal static unsafe bool IsMarked(StoreShard shard, CheckedValue value) => IntegrityOf(shard, value)->IsCorrupted;

    internal static unsafe bool HasChecksum(StoreShard shard, CheckedValue value) => IntegrityOf(shard, value)->Type != ChecksumType.None;

    /// <summary>Turns a bit over, of the bytes or of the checksum.</summary>
    internal static async ValueTask DamageAsync(StoreShard shard, CheckedValue value, SeededRandom random)
    {
        if (value.Bytes == 0 || random.Chance(0.2))
        {
            FlipChecksum(shard, value, random);
            return;
        }

        long at = random.Next((int)value.Bytes);
        if (value.Data.Blocks == 0)
        {
            FlipInArena(shard, value, at);
            return;
        }

        using var block = new NativeSlab(DataExtent.BlockBytes);
        long position = value.IsExtent ? value.Data.OffsetBytes + at : DataRuns.Locate(DataRuns.Of(shard.Arena, value.Record), at, out _);
        long offset = position / DataExtent.BlockBytes * DataExtent.BlockBytes;
        Assert.Equal(DerCode.Success, await shard.ReadDataAsync(AddressOf(block), DataExtent.BlockBytes, offset));
        Flip(block, (int)(position - offset));
        Assert.Equal(DerCode.Success, await shard.WriteDataAsync(AddressOf(block), DataExtent.BlockBytes, offset));
    }

    private static unsafe Integrity* IntegrityOf(StoreShard shard, CheckedValue value) => value.IsExtent
        ? &shard.Arena.At<ExtentDf>(value.Record)->Integrity
        : &shard.Arena.At<VersionDf>(value.Record)->Integrity;

    private static unsafe void FlipChecksum(StoreShard shard, CheckedValue value, SeededRandom random)
    {
        if (value.IsExtent)
        {
            var extent = shard.Arena.At<ExtentDf>(value.Record);
            ((uint*)(extent + 1))[random.Next((int)extent->ChecksumWords)] ^= 4;
        }
        else
        {
            shard.Arena.At<VersionDf>(value.Record)->Checksum ^= 4;
        }
    }

    private static unsafe void FlipInArena(StoreShard shard, CheckedValue value, long at)
    {
        int offset = value.IsExtent ? shard.Arena.At<ExtentDf>(value.Record)->InlineOffset : shard.Arena.At<VersionDf>(value.Record)->ValueOffset;
        *shard.Arena.At(value.Record + (ulong)offset + (ulong)at, 1) ^= 0x20;
    }

    private static unsafe nint AddressOf(NativeSlab slab) => (nint)slab.Address;

    private static unsafe void Flip(NativeSlab slab, int at) => slab.Address[at] ^= 0x20;
}
