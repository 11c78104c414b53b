using Daos.Fabric.Reactor.Simulated;

namespace Daos.Fabric.Reactor.Tests.Simulated;

/// <summary>Cuts in one direction, stopping connections one by one, and single messages.</summary>
public sealed class SimulatedNetworkTests
{
    private const long Total = 300_000;
    private const long Second = 1_000_000_000;
    private const int Messages = 2_000;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Cut_OneWayForLong_TheStreamEndsByItself(bool toServer)
    {
        using var echo = new SimulatedEcho(11, Total);
        Assert.True(echo.World.RunUntil(() => echo.Received > 10_000));
        SimulatedLinks links = echo.World.Network.Links;
        links.Cut(toServer ? echo.ClientNode : echo.ServerNode, toServer ? echo.ServerNode : echo.ClientNode);
        Assert.Equal(1, links.CutCount);
        Assert.True(echo.World.RunUntil(() => echo.IsOver));
        Assert.True(echo.ClientError < 0, "the client noticed nothing");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Cut_OneWayForAShortTime_TheStreamGoesOnUnharmed(bool toServer)
    {
        using var echo = new SimulatedEcho(12, Total);
        Assert.True(echo.World.RunUntil(() => echo.Received > 10_000));
        (SimulatedNode from, SimulatedNode to) = toServer ? (echo.ClientNode, echo.ServerNode) : (echo.ServerNode, echo.ClientNode);
        echo.World.Network.Links.Cut(from, to);
        echo.World.RunFor(2 * Second);
        long received = echo.Received;
        echo.World.RunFor(2 * Second);
        Assert.Equal(received, echo.Received);
        echo.World.Network.Links.Heal(from, to);
        Assert.True(echo.World.RunUntil(() => echo.IsOver));
        Assert.Equal(Total, echo.Received);
    }

    [Fact]
    public void SwizzleClog_EverythingStopsAndGoesOn()
    {
        using var echo = new SimulatedEcho(13, Total);
        Assert.True(echo.World.RunUntil(() => echo.Received > 10_000));
        echo.World.Network.SwizzleClog(echo.ServerNode, 1_000, Second);
        echo.World.RunFor(2_000);
        Assert.True(echo.World.Network.IsPartitioned(echo.ServerNode, echo.ClientNode));
        Assert.True(echo.World.RunUntil(() => echo.IsOver));
        Assert.Equal((Total, 0), (echo.Received, echo.World.Network.Links.CutCount));
    }

    [Fact]
    public void Post_NoFaults_EachOnceAndInTime()
    {
        var world = new SimulatedWorld(1);
        List<int> arrived = PostMany(world, _ => { });
        Assert.Equal(Enumerable.Range(0, Messages), arrived.Order());
        Assert.Equal(Messages, world.Network.Posted);
    }

    [Fact]
    public void Post_WithFaults_LostDoubledAndOvertakenAsCounted()
    {
        var world = new SimulatedWorld(2);
        MessageFaults faults = world.Network.Options.Messages;
        List<int> arrived = PostMany(world, o => (o.Messages.LossChance, o.Messages.DuplicateChance, o.Messages.ReorderChance) = (0.1, 0.1, 0.3));
        Assert.InRange(faults.Lost, Messages / 15, Messages / 7);
        Assert.InRange(faults.Duplicated, Messages / 15, Messages / 7);
        Assert.Equal(Messages - faults.Lost + faults.Duplicated, arrived.Count);
        Assert.Equal(faults.Duplicated, arrived.Count - arrived.Distinct().Count());
        int overtaken = arrived.Zip(arrived.Skip(1)).Count(pair => pair.First > pair.Second);
        Assert.True(overtaken > Messages / 10, $"{overtaken} came out of order");
    }

    [Fact]
    public void Post_SameSeed_SameOrder()
    {
        Action<SimulatedNetworkOptions> options = o => (o.Messages.LossChance, o.Messages.DuplicateChance, o.Messages.ReorderChance) = (0.1, 0.1, 0.3);
        var worlds = new[] { new SimulatedWorld(3), new SimulatedWorld(3), new SimulatedWorld(4) };
        List<int>[] arrived = [.. worlds.Select(w => PostMany(w, options))];
        Assert.Equal(arrived[0], arrived[1]);
        Assert.NotEqual(arrived[0], arrived[2]);
        Assert.Equal(worlds[0].Hash.Value, worlds[1].Hash.Value);
        Assert.NotEqual(worlds[0].Hash.Value, worlds[2].Hash.Value);
    }

    [Fact]
    public void Post_OverACut_IsLostInThatDirectionOnly()
    {
        var world = new SimulatedWorld(5);
        SimulatedNode left = world.AddNode("left");
        SimulatedNode right = world.AddNode("right");
        int there = 0;
        int back = 0;
        world.Network.Links.Cut(left, right);
        world.Network.Post(left, right, () => there++);
        world.Network.Post(right, left, () => back++);
        world.RunFor(Second);
        Assert.Equal((0, 1), (there, back));
    }

    // One after the other, in such distances that they arrive in order unless they are held back.
    private static List<int> PostMany(SimulatedWorld world, Action<SimulatedNetworkOptions> options)
    {
        SimulatedNode from = world.AddNode("from");
        SimulatedNode to = world.AddNode("to");
        world.Network.Options.SlowChance = 0;
        options(world.Network.Options);
        var arrived = new List<int>();
        for (int i = 0; i < Messages; i++)
        {
            int number = i;
            world.Network.Post(from, to, () => arrived.Add(number));
            world.RunFor(world.Network.Options.DelayMaxNs);
        }

        world.RunFor(Second);
        return arrived;
    }
}
