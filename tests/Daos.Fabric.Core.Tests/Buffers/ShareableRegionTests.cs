using Daos.Fabric.Core.Buffers;

namespace Daos.Fabric.Core.Tests.Buffers;

public sealed unsafe class ShareableRegionTests
{
    [Fact]
    public void Region_PoolOnIt_BuffersLieInItAndItOutlivesThem()
    {
        using ShareableRegion region = ShareableRegion.TryCreate(10_000)!;
        Assert.Equal(12_288, region.LengthBytes);
        var pool = new BufferPool("test", 4096, 3, region);
        OwnedBuffer buffer = pool.TryRent(BufferPurpose.Test)!;
        Assert.True(region.Contains(buffer.Address, 4096));
        Assert.False(region.Contains(region.Address + 8192, 4097));
        Assert.False(region.Contains(region.Address - 1, 1));
        buffer.GetSpan().Fill(7);
        buffer.Return();
        pool.Dispose();
        region.Address[0] = 1;
        Assert.Throws<ArgumentOutOfRangeException>(() => new BufferPool("test", 4096, 4, region));
    }

    [Fact]
    public void Discard_Range_ReadsAsZeros()
    {
        using ShareableRegion region = ShareableRegion.TryCreate(8192)!;
        new Span<byte>(region.Address, 8192).Fill(9);
        region.Discard(4096, 4096);
        Assert.Equal(9, region.Address[4095]);
        Assert.False(new Span<byte>(region.Address + 4096, 4096).ContainsAnyExcept((byte)0));
    }

    [Fact]
    public void Dispose_Twice_IsNothing()
    {
        ShareableRegion region = ShareableRegion.TryCreate(1)!;
        region.Dispose();
        region.Dispose();
        Assert.Equal(-1, region.Descriptor);
    }
}
