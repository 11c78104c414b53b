namespace Daos.Fabric.Transport.Tests.Sockets;

public sealed class HostNamesTests
{
    [Theory]
    [InlineData("tcp://127.0.0.1:80")]
    [InlineData("tcp://[::1]:80")]
    [InlineData("tcp://localhost:80")]
    [InlineData("tcp://no port")]
    [InlineData("tcp://two words:80")]
    [InlineData("unix:///run/name:80")]
    [InlineData("shm://name")]
    public async Task Resolve_NoName_IsLeftAsItIs(string text)
    {
        TransportUri uri = TransportUri.Parse(text);
        Assert.Equal([uri], HostNames.Resolve(uri));
        Assert.Equal([uri], await HostNames.ResolveAsync(uri, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Resolve_Name_GivesNumericAddressesWithThePort()
    {
        // The one name that every system knows, written so that nothing here knows it.
        TransportUri uri = TransportUri.Parse("tcp://LocalHost:1234");
        IReadOnlyList<TransportUri> addresses = HostNames.Resolve(uri);
        Assert.NotEmpty(addresses);
        Assert.All(addresses, a => Assert.Equal((true, 1234), (a.ToSocketAddress().IsSuccess, a.ToSocketAddress().Value.Port)));
        Assert.Equal(addresses, await HostNames.ResolveAsync(uri, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Resolve_NameThatNobodyKnows_SaysSo()
    {
        TransportUri uri = TransportUri.Parse("tcp://no-such-host.invalid:1");
        DaosException now = Assert.Throws<DaosException>(() => HostNames.Resolve(uri));
        DaosException later = await Assert.ThrowsAsync<DaosException>(() => HostNames.ResolveAsync(uri, TestContext.Current.CancellationToken).AsTask());
        Assert.All([now, later], e => Assert.Equal(DerCode.Nonexist, e.Code));
        Assert.Contains("'no-such-host.invalid'", now.Message, StringComparison.Ordinal);
    }
}
