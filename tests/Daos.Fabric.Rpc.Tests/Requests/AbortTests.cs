namespace Daos.Fabric.Rpc.Tests.Requests;

public sealed class AbortTests
{
    [Theory]
    [InlineData(WireKind.Direct)]
    [InlineData(WireKind.Cross)]
    [InlineData(WireKind.Sockets)]
    public void Endpoint_Abort_EndsWaitingAndSentCallsOfItAlone(WireKind wire)
    {
        using var world = new RpcWorld(wire, client: o => o with { CreditsPerEndpoint = 2 });
        RpcEndpoint endpoint = world.Endpoint;
        RpcEndpoint? other = null;
        world.World.On(world.ClientLoop, () => other = world.Client.EndpointOf(world.Address, 3).Value);
        var codes = new List<DerCode>();
        var calls = new List<RpcWorld.Running>();
        for (byte i = 0; i < 5; i++)
        {
            byte number = i;
            calls.Add(world.Start(async () => codes.Add((await endpoint.CallAsync(ProbeService.Hold, [number])).Code)));
        }

        RpcWorld.Running spared = world.Start(async () => Assert.Equal(DerCode.Success, (await other!.CallAsync(ProbeService.Hold, [9])).Code));
        world.RunUntil(() => world.Probe.HeldCount == 3, "those with credit");
        int aborted = 0;
        world.World.On(world.ClientLoop, () => aborted = endpoint.Abort());
        world.RunUntil(() => calls.TrueForAll(c => c.IsDone), "the end of all five");
        Assert.Equal(5, aborted);
        Assert.All(codes, c => Assert.Equal(DerCode.Canceled, c));
        Assert.Equal(5, world.Client.Statistics.CallsCanceled);
        Assert.Equal(0, endpoint.Waiting);
        world.RunUntil(() => world.Server.Statistics.RequestsCanceled == 2, "the news at the server");
        world.World.On(world.ServerLoop, world.Probe.ReleaseAll);
        world.RunUntil(() => spared.IsDone, "the spared one");
        spared.Throw();
        Assert.Equal(2, world.Probe.SeenCanceled);
    }

    [Fact]
    public void Rank_Abort_EndsItsCallsWhateverTheTagAndAbortAllTheRest()
    {
        var node = new RpcNode(Rank.None);
        using var world = new RpcWorld(WireKind.Cross, client: o => o with { Node = node });
        node.PublishRank(new Rank(0), world.Address);
        world.Node.PublishUri(7, world.Address);
        var codes = new Dictionary<string, DerCode>();
        var calls = new List<RpcWorld.Running>();
        void Hold(string name, Func<RpcEndpoint> endpoint) =>
            calls.Add(world.Start(async () => codes[name] = (await endpoint().CallAsync(ProbeService.Hold, [1])).Code));
        Hold("tag 0", () => world.Client.EndpointOf(new Rank(0), 0));
        Hold("tag 7", () => world.Client.EndpointOf(new Rank(0), 7));
        Hold("address", () => world.Client.EndpointOf(world.Address, 2).Value);
        world.RunUntil(() => world.Probe.HeldCount == 3, "all three");
        int aborted = 0;
        world.World.On(world.ClientLoop, () => aborted = world.Client.AbortRank(new Rank(0)));
        world.RunUntil(() => codes.Count == 2, "the rank's two");
        Assert.Equal(2, aborted);
        Assert.Equal((DerCode.Canceled, DerCode.Canceled), (codes["tag 0"], codes["tag 7"]));
        world.World.RunFor(5_000_000);
        Assert.Equal(2, codes.Count);
        world.World.On(world.ClientLoop, () => aborted = world.Client.AbortAll());
        world.RunUntil(() => codes.Count == 3, "the rest");
        Assert.Equal(1, aborted);
        Assert.Equal(DerCode.Canceled, codes["address"]);
        world.World.On(world.ServerLoop, world.Probe.ReleaseAll);
        calls.ForEach(c => c.Throw());
    }
}
