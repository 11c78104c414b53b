using Daos.Fabric.Client.Memory;
using Daos.Fabric.Core.Buffers;

namespace Daos.Fabric.Client.Tests;

public sealed unsafe class NativeBlockPoolTests
{
    private const long Bound = 1 << 20;

    [Fact]
    public void Rent_WithARegion_BlocksLieInItAndNeverOverlap()
    {
        using ShareableRegion region = ShareableRegion.TryCreate(NativeBlockPool.RegionBytes(Bound))!;
        var pool = new NativeBlockPool(Bound, region);
        var blocks = new List<NativeBlock>();
        while (pool.TryRent(ClientLimits.LargeBufferBytesMin) is { } block)
        {
            Assert.True(region.Contains(block.Address, block.LengthBytes));
            new Span<byte>(block.Address, block.LengthBytes).Fill((byte)blocks.Count);
            blocks.Add(block);
        }

        Assert.Equal(Bound / ClientLimits.LargeBufferBytesMin, blocks.Count);
        for (int i = 0; i < blocks.Count; i++)
        {
            Assert.False(new Span<byte>(blocks[i].Address, blocks[i].LengthBytes).ContainsAnyExcept((byte)i));
        }

        blocks.ForEach(b => b.Return());
        pool.Dispose();
    }

    [Fact]
    public void Rent_AnotherSizeAndBack_UsesThePlacesAgain()
    {
        using ShareableRegion region = ShareableRegion.TryCreate(NativeBlockPool.RegionBytes(Bound))!;
        var pool = new NativeBlockPool(Bound, region);
        for (int i = 0; i < 50; i++)
        {
            foreach (int bytes in (int[])[(int)Bound, ClientLimits.LargeBufferBytesMin])
            {
                NativeBlock block = pool.TryRent(bytes)!;
                Assert.True(region.Contains(block.Address, bytes));
                block.Return();
            }
        }

        pool.Dispose();
    }

    [Fact]
    public void Dispose_BlockStillRented_TheRegionLivesUntilItReturns()
    {
        ShareableRegion region = ShareableRegion.TryCreate(NativeBlockPool.RegionBytes(Bound))!;
        var pool = new NativeBlockPool(Bound, region);
        NativeBlock block = pool.TryRent(1)!;
        pool.Dispose();
        block.Address[0] = 5;
        Assert.True(region.Descriptor >= 0);
        block.Return();
        Assert.Equal(-1, region.Descriptor);
    }
}
