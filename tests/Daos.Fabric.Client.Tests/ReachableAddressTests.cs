using Daos.Fabric.Client.Contexts;
using Daos.Fabric.Transport;

namespace Daos.Fabric.Client.Tests;

public sealed class ReachableAddressTests
{
    [Theory]
    [InlineData("tcp://0.0.0.0:10003", "tcp://10.1.2.3:10001", "tcp://10.1.2.3:10003")]
    [InlineData("tcp://[::]:10003", "tcp://[fd00::7]:10001", "tcp://[fd00::7]:10003")]
    [InlineData("tcp://10.0.0.9:10003", "tcp://10.1.2.3:10001", "tcp://10.0.0.9:10003")]
    [InlineData("tcp://0.0.0.0:10003", "unix:///run/e.sock", "tcp://0.0.0.0:10003")]
    [InlineData("unix:///run/e.sock.3", "unix:///run/e.sock", "unix:///run/e.sock.3")]
    public void Of_WildcardHost_TakesTheHostOfThePrimary(string told, string primary, string expected) =>
        Assert.Equal(expected, ReachableAddress.Of(TransportUri.Parse(told), TransportUri.Parse(primary)).ToString());
}
