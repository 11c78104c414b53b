namespace Daos.Fabric.Core.Tests.Buffers;

public sealed unsafe class BufferPoolTests
{
    [Fact]
    public void TryRent_WhenAllAreHeld_GivesNullAndNeverAllocates()
    {
        using var pool = new BufferPool("media", 4096, 3);
        OwnedBuffer[] held = Enumerable.Range(0, 3).Select(_ => pool.TryRent(BufferPurpose.Media)!).ToArray();
        Assert.All(held, Assert.NotNull);
        Assert.Equal(3, held.Select(b => (nint)b.Address).Distinct().Count());
        pool.TryRent(BufferPurpose.Media);
        long before = GC.GetAllocatedBytesForCurrentThread();
        int got = 0;
        for (int i = 0; i < 100; i++)
        {
            got += pool.TryRent(BufferPurpose.Media) is null ? 0 : 1;
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(0, got);
        held[1].Return();
        Assert.Same(held[1], pool.TryRent(BufferPurpose.Log));
        Assert.Equal(BufferPurpose.Log, held[1].Purpose);
    }

    [Fact]
    public void DescribeHeld_NamesTheCulprits()
    {
        using var pool = new BufferPool("media", 4096, 4);
        Assert.Equal("", pool.DescribeHeld());
        OwnedBuffer a = pool.TryRent(BufferPurpose.Media)!;
        pool.TryRent(BufferPurpose.Media);
        pool.TryRent(BufferPurpose.Checkpoint);
        Assert.Equal($"media: 2 x Media{Environment.NewLine}media: 1 x Checkpoint", pool.DescribeHeld());
        a.Return();
        Assert.Contains("media: 1 x Media", pool.DescribeHeld());
        Assert.Equal(2, pool.IdleCount);
        Assert.Equal(4, pool.Capacity);
    }

    [Fact]
    public void Return_Twice_IsRefused()
    {
        using var pool = new BufferPool("test", 64, 2);
        OwnedBuffer buffer = pool.TryRent(BufferPurpose.Test)!;
        buffer.Return();
        Assert.Throws<InvariantException>(buffer.Return);
        Assert.Equal(2, pool.IdleCount);
    }

    [Fact]
    public void Rent_AfterAWriteToAReturnedBuffer_IsCaughtInCheckedBuilds()
    {
        using var pool = new BufferPool("test", 4096, 1);
        OwnedBuffer buffer = pool.TryRent(BufferPurpose.Test)!;
        buffer.Return();
        Assert.Same(buffer, pool.TryRent(BufferPurpose.Test));
        buffer.Return();
        buffer.Address[17] = 1;
        Assert.Throws<InvariantException>(() => pool.TryRent(BufferPurpose.Test));
    }

    [Theory]
    [InlineData(1, 64)]
    [InlineData(100, 128)]
    [InlineData(4096, 4096)]
    [InlineData(5000, 8192)]
    public void Buffers_AreRoundedAndAligned(int asked, int got)
    {
        using var pool = new BufferPool("test", asked, 5);
        Assert.Equal(got, pool.BufferBytes);
        for (int i = 0; i < 5; i++)
        {
            OwnedBuffer buffer = pool.TryRent(BufferPurpose.Test)!;
            Assert.Equal(0, (nint)buffer.Address % (got >= 4096 ? 4096 : 64));
            Assert.Equal(got, buffer.Memory.Length);
            buffer.GetSpan().Fill((byte)i);
            Assert.Equal(i, buffer.Address[got - 1]);
        }
    }

    [Fact]
    public void NativeSlab_IsZeroedAndAlignedAndRefusedAfterDisposal()
    {
        var slab = new NativeSlab(10_000);
        Assert.Equal(12_288, slab.LengthBytes);
        Assert.Equal(0, (nint)slab.Address % NativeSlab.PageBytes);
        Assert.False(new ReadOnlySpan<byte>(slab.Address, 12_288).ContainsAnyExcept((byte)0));
        slab.Dispose();
        Assert.Throws<ObjectDisposedException>(() => (nint)slab.Address);
    }
}
