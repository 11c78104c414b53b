namespace Daos.Fabric.Rpc.Tests.Requests;

public sealed class DeadlineTests
{
    private const long Ms = 1_000_000;

    [Theory]
    [InlineData(WireKind.Direct)]
    [InlineData(WireKind.Cross)]
    [InlineData(WireKind.Sockets)]
    public void Call_ServerHolds_TimesOutOnTimeAndTheServerIsTold(WireKind wire)
    {
        using var world = new RpcWorld(wire);
        RpcEndpoint endpoint = world.Endpoint;
        world.Run(async () => Assert.Equal(DerCode.Success, await InternalCalls.PingAsync(endpoint, 0)));
        long deadline = world.DeadlineIn(20 * Ms);
        world.Run(async () => Assert.Equal(DerCode.TimedOut, (await endpoint.CallAsync(ProbeService.Hold, [1], deadline)).Code));
        Assert.InRange(world.World.NowNs, deadline, deadline + Ms);
        Assert.Equal(1, world.Client.Statistics.CallsTimedOut);
        world.RunUntil(() => world.Probe.HeldCount == 1 && world.Probe.IsHeldCanceled, "the cancel");
        world.World.On(world.ServerLoop, world.Probe.Release);
        world.World.RunFor(100 * Ms);

        // Nobody waits: the reply was not even sent.
        Assert.Equal(0, world.Client.Statistics.StaleReplies);
        Assert.Equal(1, world.Server.Statistics.RequestsCanceled);
    }

    [Fact]
    public void Call_WaitingForACredit_TimesOut()
    {
        using var world = new RpcWorld(WireKind.Cross, client: o => o with { CreditsPerEndpoint = 1 });
        RpcEndpoint endpoint = world.Endpoint;
        RpcWorld.Running holder = world.Start(async () => Assert.Equal(DerCode.Success, (await endpoint.CallAsync(ProbeService.Hold, [1])).Code));
        world.RunUntil(() => world.Probe.HeldCount == 1, "the holder");
        long deadline = world.DeadlineIn(10 * Ms);
        world.Run(async () => Assert.Equal(DerCode.TimedOut, (await endpoint.CallAsync(SelfTestOpcodes.Echo, [2], deadline)).Code));
        Assert.InRange(world.World.NowNs, deadline, deadline + Ms);
        Assert.Equal(0, endpoint.Waiting);
        world.World.On(world.ServerLoop, world.Probe.Release);
        world.RunUntil(() => holder.IsDone, "the holder's end");
        holder.Throw();
    }

    [Fact]
    public void Call_DeadlinePassedBefore_TimesOutAtOnce()
    {
        using var world = new RpcWorld(WireKind.Cross);
        world.Run(async () => Assert.Equal(DerCode.TimedOut, (await world.Endpoint.CallAsync(SelfTestOpcodes.Echo, [2], 5)).Code));
        Assert.Equal(0, world.Server.Statistics.RequestsReceived);
    }

    [Fact]
    public void Call_ReusedWithAnEarlierDeadlineThanTheArmedTimer_StillOnTime()
    {
        using var world = new RpcWorld(WireKind.Cross);
        RpcEndpoint endpoint = world.Endpoint;
        world.Run(async () =>
        {
            RpcCall call = world.Client.RentCall();
            foreach (long waitMs in new long[] { 5000, 10, 400, 3 })
            {
                long deadline = world.DeadlineIn(waitMs * Ms);
                Assert.Equal(DerCode.Success, await call.AdmitAsync(endpoint, ProbeService.Hold, deadline));
                call.BeginRequest(0);
                Assert.Equal(DerCode.TimedOut, await call.SendAsync(0));
                Assert.InRange(world.World.NowNs, deadline, deadline + Ms);
            }

            call.Free();
        });
        world.World.RunFor(50 * Ms);
        world.World.On(world.ServerLoop, world.Probe.ReleaseAll);
    }

    [Fact]
    public void Request_QueuedLongerThanItsDeadline_NotStarted()
    {
        // One item per turn, and a long line in front of the request.
        using var world = new RpcWorld(WireKind.Cross, serverLoop: new OwnerLoopOptions { ReadyBudget = 1 });
        using RawPeer raw = world.OpenRaw();
        raw.Connect();
        world.World.On(world.ServerLoop, () =>
        {
            for (int i = 0; i < 5000; i++)
            {
                world.ServerLoop.Schedule(new Filler());
            }
        });
        raw.Send(RawPeer.Request(SelfTestOpcodes.Echo, 77, [1, 2, 3], deadlineMs: 1));
        world.RunUntil(() => raw.Messages.Count == 1, "the answer");
        Assert.Equal(DerCode.TimedOut.Value, RawPeer.HeaderOf(raw.Messages[0]).DeadlineMsOrCode);
        Assert.Equal(77UL, RawPeer.HeaderOf(raw.Messages[0]).RpcId);
        Assert.Equal(1, world.Server.Statistics.RequestsExpired);
    }

    [Fact]
    public void Deadline_OfARequestThatEndsALongSleep_CountsFromItsArrival()
    {
        using var world = new RpcWorld(WireKind.Cross);
        world.Run(async () => Assert.Equal(DerCode.Success, await InternalCalls.PingAsync(world.Endpoint, 0)));
        Assert.Equal(world.ServerLoop.NowNs, world.Server.ArrivalNs());

        // The reactor blocked inside a turn that began long ago, and now delivers.
        world.World.RunFor(800 * Ms);
        world.ServerLoop.Reactor.Statistics.Waits++;
        Assert.True(world.ServerLoop.NowNs < world.World.NowNs - (700 * Ms));
        long arrival = world.World.NowNs;
        Assert.Equal(arrival, world.Server.ArrivalNs());

        // The same for what else the turn delivers; later turns go by their own clock again.
        world.World.RunFor(Ms);
        Assert.Equal(arrival, world.Server.ArrivalNs());
        world.Run(async () => Assert.Equal(DerCode.Success, await InternalCalls.PingAsync(world.Endpoint, 0)));
        Assert.Equal(world.ServerLoop.NowNs, world.Server.ArrivalNs());
    }

    [Fact]
    public void RequestDropped_ByFault_TimesOutAndTheNextWorks()
    {
        using var world = new RpcWorld(WireKind.Cross);
        world.Run(async () => Assert.Equal(DerCode.Success, await InternalCalls.PingAsync(world.Endpoint, 0)));
        world.ClientFaults.Arm(FaultPoint.RpcRequestDropped, timesMax: 1);
        world.Run(async () =>
        {
            Assert.Equal(DerCode.TimedOut, (await world.Endpoint.CallAsync(SelfTestOpcodes.Echo, [1], world.DeadlineIn(10 * Ms))).Code);
            Assert.Equal(DerCode.Success, (await world.Endpoint.CallAsync(SelfTestOpcodes.Echo, [1])).Code);
        });
    }

    [Theory]
    [InlineData(WireKind.Cross)]
    [InlineData(WireKind.Sockets)]
    public void ReplyDropped_ByFault_TimesOutAndTheNextWorks(WireKind wire)
    {
        using var world = new RpcWorld(wire);
        world.Run(async () => Assert.Equal(DerCode.Success, await InternalCalls.PingAsync(world.Endpoint, 0)));
        world.ServerFaults.Arm(FaultPoint.RpcReplyDropped, timesMax: 1);
        world.Run(async () =>
        {
            Assert.Equal(DerCode.TimedOut, (await world.Endpoint.CallAsync(SelfTestOpcodes.Echo, [1], world.DeadlineIn(10 * Ms))).Code);
            Assert.Equal(DerCode.Success, (await world.Endpoint.CallAsync(SelfTestOpcodes.Echo, [1])).Code);
        });
        Assert.Equal(3, world.Server.Statistics.RequestsReceived);
    }

    [Fact]
    public void Call_WithoutDeadline_ShipsNone()
    {
        using var world = new RpcWorld(WireKind.Cross);
        RpcEndpoint endpoint = world.Endpoint;
        RpcWorld.Running held = world.Start(async () =>
            Assert.Equal(DerCode.Success, (await endpoint.CallAsync(ProbeService.Hold, [1], long.MaxValue)).Code));
        world.RunUntil(() => world.Probe.HeldCount == 1, "the request");
        world.World.RunFor(7_200_000 * Ms);
        world.World.On(world.ServerLoop, world.Probe.Release);
        world.RunUntil(() => held.IsDone, "the reply");
        held.Throw();
    }

    private sealed class Filler : WorkItem
    {
        protected override void Execute()
        {
        }
    }
}
