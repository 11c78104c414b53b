using Daos.Fabric.Core.Faults;
using Daos.Fabric.Transport.Sockets;

namespace Daos.Fabric.Transport.Tests.Sockets;

/// <summary>What an operator hears while connections are not taken: the reason and the remedy, and each listener once per interval.</summary>
public sealed class AcceptNoticeTests
{
    private const long IntervalNs = 10_000_000_000;

    [Fact]
    public void Accept_SystemRefuses_IsToldOncePerInterval()
    {
        var faults = new FaultRegistry(new SeededRandom(1));
        var told = new List<string>();
        using var pair = new SimulatedPair(1, "tcp://127.0.0.1:0", o => o with { Faults = faults, Notice = told.Add });
        faults.Arm(FaultPoint.AcceptFailed, timesMax: 3);

        Assert.False(Connects(pair, pair.Client));
        Assert.False(Connects(pair, pair.Client));
        string only = Assert.Single(told);
        Assert.Equal("new tcp connections wait to be accepted: no file descriptors are left; close clients or raise 'ulimit -n'.", only);

        pair.World.RunFor(IntervalNs);
        Assert.False(Connects(pair, pair.Client));
        Assert.Equal(2, told.Count);
        Assert.True(Connects(pair, pair.Client));
        Assert.Equal(2, told.Count);
    }

    [Fact]
    public void Accept_AsManyAsAllowed_TheRefusalIsTold()
    {
        var told = new List<string>();
        using var pair = new SimulatedPair(1, "unix:///tmp/x", o => o with { ConnectionsMax = 1, Notice = told.Add });

        using TransportContext other = new SocketsProvider().CreateContext(pair.ClientLoop, new TransportOptions { Random = new SeededRandom(2) }, pair.ClientHandler);

        Assert.True(Connects(pair, pair.Client));
        Assert.False(Connects(pair, other));
        Assert.StartsWith("a unix connection was refused: 1 are open and no more are allowed", Assert.Single(told), StringComparison.Ordinal);
    }

    private static bool Connects(SimulatedPair pair, TransportContext client) =>
        pair.Wait(client.Loop, () => client.ConnectAsync(pair.Address, client.Loop.Clock.MonotonicNs + 5_000_000_000)).IsSuccess;
}
