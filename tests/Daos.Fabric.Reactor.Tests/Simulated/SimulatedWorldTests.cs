using Daos.Fabric.Reactor.Simulated;

namespace Daos.Fabric.Reactor.Tests.Simulated;

public sealed class SimulatedWorldTests
{
    private const long Total = 300_000;

    [Fact]
    public void Run_SameSeed_SameHash()
    {
        for (ulong seed = 1; seed <= 10; seed++)
        {
            Assert.Equal(RunEcho(seed), RunEcho(seed));
        }
    }

    [Fact]
    public void Run_OtherSeed_OtherHash() =>
        Assert.Equal(10, Enumerable.Range(1, 10).Select(seed => RunEcho((ulong)seed)).Distinct().Count());

    [Fact]
    public void Run_KnownSeed_SameHashInEveryProcess() => Assert.Equal(KnownHash, RunEcho(12345));

    [Fact]
    public void Partition_ShorterThanRetransmission_StreamGoesOnUnharmed()
    {
        using var echo = new SimulatedEcho(5, Total);
        Assert.True(echo.World.RunUntil(() => echo.Received > 10_000));
        echo.World.Network.Partition(echo.ServerNode, echo.ClientNode);
        echo.World.RunFor(1_000_000_000);
        long received = echo.Received;
        echo.World.RunFor(2_000_000_000);
        Assert.Equal(received, echo.Received);
        echo.World.Network.Heal();
        Assert.True(echo.World.RunUntil(() => echo.IsOver));
        Assert.Equal(Total, echo.Received);
    }

    [Fact]
    public void Partition_LongerThanRetransmission_SenderTimesOut()
    {
        using var echo = new SimulatedEcho(6, Total);
        Assert.True(echo.World.RunUntil(() => echo.Received > 10_000));
        echo.World.Network.Isolate(echo.ServerNode);
        Assert.True(echo.World.RunUntil(() => echo.IsOver));
        Assert.Equal(-Errno.TimedOut, echo.ClientError);
    }

    [Fact]
    public void LoseConnections_SenderTimesOut()
    {
        using var echo = new SimulatedEcho(7, Total);
        Assert.True(echo.World.RunUntil(() => echo.Received > 10_000));
        echo.World.Network.LoseConnections(echo.ServerNode, echo.ClientNode);
        Assert.True(echo.World.RunUntil(() => echo.IsOver));
        Assert.Equal(-Errno.TimedOut, echo.ClientError);
    }

    [Fact]
    public void ProcessCrash_PeerIsReset()
    {
        using var echo = new SimulatedEcho(8, Total);
        Assert.True(echo.World.RunUntil(() => echo.Received > 10_000));
        echo.ServerNode.Crash(CrashKind.Process);
        Assert.True(echo.World.RunUntil(() => echo.IsOver, 1_000_000_000));
        Assert.Equal(-Errno.ConnectionReset, echo.ClientError);
    }

    [Fact]
    public void PowerCrash_PeerHearsNothingUntilTheMachineIsBack()
    {
        using var echo = new SimulatedEcho(9, Total);
        Assert.True(echo.World.RunUntil(() => echo.Received > 10_000));
        echo.ServerNode.Crash(CrashKind.Power);
        echo.World.RunFor(5_000_000_000);
        Assert.Equal(0, echo.ClientError);
        echo.ServerNode.PowerOn();
        Assert.True(echo.World.RunUntil(() => echo.IsOver, 1_000_000_000));
        Assert.Equal(-Errno.ConnectionReset, echo.ClientError);
    }

    [Fact]
    public void ResetChance_BreaksTheConnection()
    {
        using var echo = new SimulatedEcho(10, Total);
        echo.World.Network.Options.ResetChance = 0.2;
        Assert.True(echo.World.RunUntil(() => echo.IsOver));
        Assert.Equal(-Errno.ConnectionReset, echo.ClientError);
    }

    [Fact]
    public void Step_NothingCanHappen_ReturnsFalse()
    {
        var world = new SimulatedWorld(1);
        world.AddNode("n").AddLoop("l");
        Assert.False(world.Step());
        Assert.False(world.RunUntil(() => false));
    }

    [Fact]
    public void Idle_DoesNotCountAsATurn()
    {
        using var echo = new SimulatedEcho(11, 1000);
        Assert.True(echo.World.RunUntil(() => echo.IsOver));
        echo.World.RunFor(5_000_000_000);
        foreach (SimulatedNode node in echo.World.Nodes)
        {
            Assert.InRange(node.Loops[0].LongestTurnNs, 1, 10_000);
        }
    }

    [Fact]
    public void Skew_ChangesTheWallClockOnly()
    {
        var world = new SimulatedWorld(1);
        SimulatedNode left = world.AddNode("left");
        SimulatedNode right = world.AddNode("right");
        right.Clock.SkewNs = -5;
        Assert.Equal(left.Clock.UnixNs - 5, right.Clock.UnixNs);
        Assert.Equal(left.Clock.MonotonicNs, right.Clock.MonotonicNs);
    }

    // A constant is the only thing that two processes share. Take the new value when the simulator itself was changed on purpose.
    private const ulong KnownHash = 5052442813268360404;

    private static ulong RunEcho(ulong seed)
    {
        using var echo = new SimulatedEcho(seed, Total);
        Assert.True(echo.World.RunUntil(() => echo.IsOver));
        Assert.Equal(Total, echo.Received);
        return echo.World.Hash.Value;
    }
}
