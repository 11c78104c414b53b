namespace Daos.Fabric.Rpc.Tests.Requests;

public sealed class ConnectionTests
{
    [Theory]
    [InlineData(WireKind.Direct)]
    [InlineData(WireKind.Cross)]
    [InlineData(WireKind.Sockets)]
    public void Close_WithCallsPending_EveryOneFailsAndWaitingOnesReconnect(WireKind wire)
    {
        using var world = new RpcWorld(wire, client: o => o with { CreditsPerEndpoint = 5 });
        RpcEndpoint endpoint = world.Endpoint;
        var codes = new List<DerCode>();
        var calls = new List<RpcWorld.Running>();
        for (int i = 0; i < 8; i++)
        {
            calls.Add(world.Start(async () => codes.Add((await endpoint.CallAsync(ProbeService.Hold, [1])).Code)));
        }

        world.RunUntil(() => world.Probe.HeldCount == 5, "five requests");
        world.World.On(world.ServerLoop, () => world.Probe.CloseHeld(DerCode.Shutdown));
        world.RunUntil(() => codes.Count == 5, "five failures");
        Assert.All(codes, code => Assert.Equal(DerCode.Unreachable, code));

        // The three that waited for a credit were never sent, so they go over a new connection.
        world.RunUntil(() => world.Probe.HeldCount == 8, "three more requests");
        for (int i = 0; i < 5; i++)
        {
            Assert.True(world.Probe.IsHeldCanceled);
            world.World.On(world.ServerLoop, world.Probe.Release);
        }

        Assert.False(world.Probe.IsHeldCanceled);
        world.World.On(world.ServerLoop, world.Probe.ReleaseAll);
        world.RunUntil(() => codes.Count == 8, "three replies");
        calls.ForEach(c => c.Throw());
        Assert.All(codes.Skip(5), code => Assert.Equal(DerCode.Success, code));
        Assert.Equal(5, world.Client.Statistics.CallsUnreachable);
        Assert.Equal(2, world.Client.Statistics.ConnectionsMade);
    }

    [Theory]
    [InlineData(WireKind.Direct)]
    [InlineData(WireKind.Cross)]
    [InlineData(WireKind.Sockets)]
    public void Call_AfterAClose_ConnectsAgain(WireKind wire)
    {
        using var world = new RpcWorld(wire);
        RpcEndpoint endpoint = world.Endpoint;
        for (int round = 0; round < 3; round++)
        {
            RpcWorld.Running call = world.Start(async () => Assert.Equal(DerCode.Unreachable, (await endpoint.CallAsync(ProbeService.Hold, [1])).Code));
            world.RunUntil(() => world.Probe.HeldCount == 1, "the request");
            world.World.On(world.ServerLoop, () => world.Probe.CloseHeld(DerCode.Shutdown));
            world.RunUntil(() => call.IsDone, "the failure");
            call.Throw();
            world.World.On(world.ServerLoop, world.Probe.ReleaseAll);
            world.Run(async () => Assert.Equal(DerCode.Success, (await endpoint.CallAsync(SelfTestOpcodes.Echo, [1])).Code));
        }

        Assert.Equal(4, world.Client.Statistics.ConnectionsMade);
    }

    [Fact]
    public void Call_NobodyListens_Unreachable()
    {
        using var world = new RpcWorld(WireKind.Cross);
        world.Run(async () =>
        {
            RpcEndpoint nowhere = world.Client.EndpointOf(TransportUri.Parse("loopback://nobody"), 0).Value;
            Assert.Equal(DerCode.Unreachable, (await nowhere.CallAsync(SelfTestOpcodes.Echo, [1])).Code);
            Assert.Equal(DerCode.Unreachable, (await world.Client.ConnectAsync(nowhere.Uri, 0, 0)).Code);
            Assert.Equal(DerCode.Invalid, (await world.Client.ConnectAsync(TransportUri.Parse("carrier://pigeon"), 0, 0)).Code);
        });
    }

    [Fact]
    public void Connect_TwoTagsOfOneAddress_ShareOneConnection()
    {
        using var world = new RpcWorld(WireKind.Cross);
        world.Run(async () =>
        {
            RpcEndpoint first = (await world.Client.ConnectAsync(world.Address, 0, 0)).Value;
            RpcEndpoint second = (await world.Client.ConnectAsync(world.Address, 1, 0)).Value;
            Assert.NotSame(first, second);
            Assert.Same(first, (await world.Client.ConnectAsync(world.Address, 0, 0)).Value);
            Assert.True(first.IsOpen && second.IsOpen);
        });
        Assert.Equal(1, world.Client.Statistics.ConnectionsMade);
    }

    [Fact]
    public void Dispose_WithCallsWaitingAndSent_AllEndWithShutdown()
    {
        using var world = new RpcWorld(WireKind.Cross);
        RpcContext client = world.Open(world.ClientLoop, null, RpcWorld.Options() with { CreditsPerEndpoint = 2 });
        RpcEndpoint? endpoint = null;
        world.World.On(world.ClientLoop, () => endpoint = client.EndpointOf(world.Address, 2).Value);
        var codes = new List<DerCode>();
        for (int i = 0; i < 5; i++)
        {
            world.Start(async () => codes.Add((await endpoint!.CallAsync(ProbeService.Hold, [1])).Code));
        }

        world.RunUntil(() => world.Probe.HeldCount == 2, "two requests");
        client.Dispose();
        world.RunUntil(() => codes.Count == 5, "five ends");
        Assert.All(codes, code => Assert.Equal(DerCode.Shutdown, code));
        world.Run(async () => Assert.Equal(DerCode.Shutdown, (await endpoint!.CallAsync(SelfTestOpcodes.Echo, [1])).Code));
        world.RunUntil(() => world.Probe.IsHeldCanceled, "the server's notice");
        world.World.On(world.ServerLoop, world.Probe.ReleaseAll);
    }

    [Fact]
    public void Dispose_OfTheServer_RequestsUnderWayEndQuietly()
    {
        using var world = new RpcWorld(WireKind.Cross);
        RpcEndpoint endpoint = world.Endpoint;
        var codes = new List<DerCode>();
        for (int i = 0; i < 3; i++)
        {
            world.Start(async () => codes.Add((await endpoint.CallAsync(ProbeService.Hold, [1])).Code));
        }

        world.RunUntil(() => world.Probe.HeldCount == 3, "three requests");
        world.Server.Dispose();
        world.RunUntil(() => codes.Count == 3, "three failures");
        Assert.All(codes, code => Assert.Equal(DerCode.Unreachable, code));
        world.World.On(world.ServerLoop, world.Probe.ReleaseAll);
        world.RunUntil(() => world.Server.RequestsActive == 0, "the handlers' ends");
    }
}
