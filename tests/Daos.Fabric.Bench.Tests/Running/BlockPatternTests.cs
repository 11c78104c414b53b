using Daos.Fabric.Bench.Running;

namespace Daos.Fabric.Bench.Tests.Running;

public sealed class BlockPatternTests
{
    [Theory]
    [InlineData(4)]
    [InlineData(16)]
    [InlineData(64)]
    [InlineData(5000)]
    public void Matches_OwnBlock_AndNoOther(int length)
    {
        var data = new byte[length];
        BlockPattern.Stamp(data, 77, 1, checksum: true);
        Assert.True(BlockPattern.Matches(data, 77, checksum: true));
        Assert.False(BlockPattern.Matches(data, 78, checksum: true));
    }

    [Fact]
    public void Matches_AnyFlippedByte_IsNoticed()
    {
        var data = new byte[64];
        BlockPattern.Stamp(data, 5, 9, checksum: true);
        for (int i = 0; i < data.Length; i++)
        {
            data[i] ^= 1;
            Assert.False(BlockPattern.Matches(data, 5, checksum: true));
            data[i] ^= 1;
        }
    }
}
