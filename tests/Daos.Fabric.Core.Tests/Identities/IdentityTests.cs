namespace Daos.Fabric.Core.Tests.Identities;

public sealed class IdentityTests
{
    private const string Text = "00112233-4455-6677-8899-aabbccddeeff";

    [Fact]
    public void PoolId_IsBigEndianOnTheWire()
    {
        var bytes = new byte[PoolId.SizeBytes];
        new PoolId(Guid.Parse(Text)).Write(bytes);
        Assert.Equal("00112233445566778899AABBCCDDEEFF", Convert.ToHexString(bytes));
        Assert.Equal(Text, PoolId.Read(bytes).ToString());
    }

    [Fact]
    public void ContainerId_IsBigEndianOnTheWire()
    {
        var bytes = new byte[ContainerId.SizeBytes];
        new ContainerId(Guid.Parse(Text)).Write(bytes);
        Assert.Equal("00112233445566778899AABBCCDDEEFF", Convert.ToHexString(bytes));
        Assert.Equal(Text, ContainerId.Read(bytes).ToString());
    }

    [Fact]
    public void Epoch_OrdersByAgeAndPrintsHexadecimal()
    {
        Assert.True(new Epoch(1) < new Epoch(2));
        Assert.True(Epoch.Max > new Epoch(2));
        Assert.False(Epoch.None.IsSet);
        Assert.Equal("0x1f", new Epoch(31).ToString());
    }

    [Fact]
    public void Rank_None_PrintsNone()
    {
        Assert.Equal("none", Rank.None.ToString());
        Assert.Equal("3", new Rank(3).ToString());
    }
}
