namespace Daos.Fabric.Rpc.Tests.Requests;

public sealed class CreditTests
{
    [Theory]
    [InlineData(WireKind.Direct)]
    [InlineData(WireKind.Cross)]
    [InlineData(WireKind.Sockets)]
    public void Calls_BeyondTheCredits_WaitFirstInFirstOut(WireKind wire)
    {
        using var world = new RpcWorld(wire, client: o => o with { CreditsPerEndpoint = 4 });
        RpcEndpoint endpoint = world.Endpoint;
        var order = new List<byte>();
        var calls = new List<RpcWorld.Running>();
        for (byte i = 0; i < 12; i++)
        {
            byte number = i;
            calls.Add(world.Start(async () =>
            {
                Assert.Equal(DerCode.Success, (await endpoint.CallAsync(ProbeService.Hold, [number])).Code);
                order.Add(number);
            }));
        }

        world.RunUntil(() => world.Probe.HeldCount == 4, "the first four");
        world.World.RunFor(5_000_000);
        Assert.Equal(4, world.Probe.HeldCount);
        Assert.Equal(8, endpoint.Waiting);
        Assert.Equal(0, endpoint.CreditsFree);
        while (!calls.TrueForAll(c => c.IsDone))
        {
            world.RunUntil(() => world.Probe.HeldCount > 0 || calls.TrueForAll(c => c.IsDone), "the next");
            if (world.Probe.HeldCount > 0)
            {
                world.World.On(world.ServerLoop, world.Probe.Release);
            }
        }

        calls.ForEach(c => c.Throw());
        Assert.Equal(Enumerable.Range(0, 12).Select(i => (byte)i), order);
        Assert.Equal(order, world.Probe.Started);
    }

    [Fact]
    public void Free_AdmittedAndNotSent_GivesTheCreditToTheNext()
    {
        using var world = new RpcWorld(WireKind.Cross, client: o => o with { CreditsPerEndpoint = 1 });
        RpcEndpoint endpoint = world.Endpoint;
        world.Run(async () =>
        {
            RpcCall first = world.Client.RentCall();
            Assert.Equal(DerCode.Success, await first.AdmitAsync(endpoint, SelfTestOpcodes.Echo));
            RpcCall second = world.Client.RentCall();
            ValueTask<DerCode> admission = second.AdmitAsync(endpoint, SelfTestOpcodes.Echo);
            Assert.False(admission.IsCompleted);
            first.Free();
            Assert.Equal(DerCode.Success, await admission);
            second.Free();
        });
    }

    [Fact]
    public void Free_BegunAndNotSent_NothingIsSent()
    {
        using var world = new RpcWorld(WireKind.Cross);
        RpcEndpoint endpoint = world.Endpoint;
        world.Run(async () =>
        {
            RpcCall call = world.Client.RentCall();
            Assert.Equal(DerCode.Success, await call.AdmitAsync(endpoint, ProbeService.Hold));
            call.BeginRequest(100).Fill(0xAA);
            call.Free();
            Assert.Equal(DerCode.Success, (await endpoint.CallAsync(SelfTestOpcodes.Echo, [1, 2, 3])).Code);
        });
        Assert.Equal(1, world.Server.Statistics.RequestsReceived);
    }

    [Fact]
    public void Free_WhileSent_Refused()
    {
        using var world = new RpcWorld(WireKind.Cross);
        RpcEndpoint endpoint = world.Endpoint;
        world.Run(async () =>
        {
            RpcCall call = world.Client.RentCall();
            Assert.Equal(DerCode.Success, await call.AdmitAsync(endpoint, SelfTestOpcodes.Echo));
            call.BeginRequest(0);
            ValueTask<DerCode> sent = call.SendAsync(0);
            Assert.Throws<InvalidOperationException>(call.Free);
            Assert.Equal(DerCode.Success, await sent);
            call.Free();
        });
    }
}
