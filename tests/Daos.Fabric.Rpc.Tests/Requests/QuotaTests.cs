namespace Daos.Fabric.Rpc.Tests.Requests;

public sealed class QuotaTests
{
    [Theory]
    [InlineData(WireKind.Direct)]
    [InlineData(WireKind.Cross)]
    [InlineData(WireKind.Sockets)]
    public void Calls_BeyondTheContextsQuota_EndpointsTakeTurns(WireKind wire)
    {
        using var world = new RpcWorld(wire, client: o => o with { CallsInFlightMax = 2 });
        var endpoints = new List<RpcEndpoint>();
        world.World.On(world.ClientLoop, () =>
        {
            for (ushort tag = 2; tag < 5; tag++)
            {
                endpoints.Add(world.Client.EndpointOf(world.Address, tag).Value);
            }
        });
        world.Run(async () => Assert.Equal(DerCode.Success, await InternalCalls.PingAsync(endpoints[0], 0)));

        // One endpoint lines five calls up before the others come with one each.
        var calls = new List<RpcWorld.Running>();
        foreach ((int endpoint, byte number) in new (int, byte)[] { (0, 1), (0, 2), (0, 3), (0, 4), (0, 5), (1, 11), (2, 21) })
        {
            RpcEndpoint to = endpoints[endpoint];
            calls.Add(world.Start(async () => Assert.Equal(DerCode.Success, (await to.CallAsync(ProbeService.Hold, [number])).Code)));
        }

        world.RunUntil(() => world.Probe.HeldCount == 2, "the quota's calls");
        world.World.RunFor(5_000_000);
        Assert.Equal(2, world.Probe.HeldCount);
        Assert.Equal(5, world.Client.Statistics.WaitQueueDepth);
        Assert.Equal(3, world.Client.Statistics.QuotaExceeded);
        Assert.Equal(endpoints[0].Context.Options.CreditsPerEndpoint - 2, endpoints[0].CreditsFree);
        while (!calls.TrueForAll(c => c.IsDone))
        {
            world.RunUntil(() => world.Probe.HeldCount > 0 || calls.TrueForAll(c => c.IsDone), "the next");
            Assert.InRange(world.Probe.HeldCount, 0, 2);
            if (world.Probe.HeldCount > 0)
            {
                world.World.On(world.ServerLoop, world.Probe.Release);
            }
        }

        calls.ForEach(c => c.Throw());
        Assert.Equal([1, 2, 3, 11, 21, 4, 5], world.Probe.Started);
        Assert.Equal(0, world.Client.Statistics.WaitQueueDepth);
    }

    [Fact]
    public void Call_WaitingForTheQuota_TimesOutAndCancelsWithoutHoldingAnybodyUp()
    {
        using var world = new RpcWorld(WireKind.Cross, client: o => o with { CallsInFlightMax = 1 });
        RpcEndpoint endpoint = world.Endpoint;
        RpcWorld.Running holder = world.Start(async () => Assert.Equal(DerCode.Success, (await endpoint.CallAsync(ProbeService.Hold, [1])).Code));
        world.RunUntil(() => world.Probe.HeldCount == 1, "the holder");
        world.Run(async () =>
        {
            Assert.Equal(DerCode.TimedOut, (await endpoint.CallAsync(SelfTestOpcodes.Echo, [2], world.DeadlineIn(3_000_000))).Code);
            RpcCall call = world.Client.RentCall();
            ValueTask<DerCode> admission = call.AdmitAsync(endpoint, SelfTestOpcodes.Echo);
            Assert.Equal(RpcCallState.Queued, call.State);
            call.Cancel();
            Assert.Equal(DerCode.Canceled, await admission);
            Assert.Equal(RpcCallState.Canceled, call.State);
            call.Free();
        });
        RpcWorld.Running next = world.Start(async () => Assert.Equal(DerCode.Success, (await endpoint.CallAsync(SelfTestOpcodes.Echo, [3])).Code));
        world.World.On(world.ServerLoop, world.Probe.Release);
        world.RunUntil(() => holder.IsDone && next.IsDone, "both");
        holder.Throw();
        next.Throw();
    }

    [Fact]
    public void Ranges_ReservedBeyondTheQuota_WaitInOrderAndWithoutReservationAreRefused()
    {
        using var world = new RpcWorld(WireKind.Cross, client: o => o with { RangesExposedMax = 256 });
        using var block = new NativeBlock(4096);
        RpcEndpoint endpoint = world.Endpoint;
        world.Run(async () =>
        {
            RpcCall most = world.Client.RentCall();
            most.RangesReserved = 255;
            Assert.Equal(DerCode.Success, await most.AdmitAsync(endpoint, SelfTestOpcodes.Echo));
            Assert.True(block.Expose(most, MemoryAccess.RemoteRead).IsValid);
            RpcCall two = world.Client.RentCall();
            two.RangesReserved = 2;
            ValueTask<DerCode> twoAdmitted = two.AdmitAsync(endpoint, SelfTestOpcodes.Echo);
            Assert.False(twoAdmitted.IsCompleted);

            // One is left, but somebody waits for two: a newcomer who takes what is there would keep that one waiting.
            RpcEndpoint other = world.Client.EndpointOf(world.Address, 3).Value;
            RpcCall one = world.Client.RentCall();
            Assert.Equal(DerCode.Success, await one.AdmitAsync(other, SelfTestOpcodes.Echo));
            Assert.False(block.Expose(one, MemoryAccess.RemoteRead).IsValid);
            Assert.Equal(1, world.Client.Statistics.RangesRefused);
            one.Free();

            most.Free();
            Assert.Equal(DerCode.Success, await twoAdmitted);
            Assert.True(block.Expose(two, MemoryAccess.RemoteRead).IsValid);
            two.Free();
        });
        Assert.Equal(256, world.Client.RangeQuota.Free);
        Assert.Equal(world.Client.Statistics.RangesExposed, world.Client.Statistics.RangesRevoked);
    }

    [Fact]
    public void QueueFront_OfTheCallOrOfItsOperation_GoesBeforeThoseThatWait()
    {
        using var world = new RpcWorld(WireKind.Cross, client: o => o with { CreditsPerEndpoint = 1 });
        world.Client.Register(new RpcProtocol(SelfTestOpcodes.ModuleId, 9, "urgent", [new RpcOperation(0, "URGENT", 0, RpcFeatures.QueueFront, _ => default)]));
        RpcEndpoint endpoint = world.Endpoint;
        world.Run(async () =>
        {
            RpcCall holder = world.Client.RentCall();
            await holder.AdmitAsync(endpoint, SelfTestOpcodes.Echo);
            RpcCall usual = world.Client.RentCall();
            ValueTask<DerCode> usualAdmitted = usual.AdmitAsync(endpoint, SelfTestOpcodes.Echo);
            RpcCall first = world.Client.RentCall();
            first.GoesFirst = true;
            ValueTask<DerCode> firstAdmitted = first.AdmitAsync(endpoint, SelfTestOpcodes.Echo);
            RpcCall urgent = world.Client.RentCall();
            ValueTask<DerCode> urgentAdmitted = urgent.AdmitAsync(endpoint, RpcOpcode.Create(SelfTestOpcodes.ModuleId, 9, 0));
            holder.Free();
            Assert.Equal(DerCode.Success, await urgentAdmitted);
            Assert.False(firstAdmitted.IsCompleted);
            urgent.Free();
            Assert.Equal(DerCode.Success, await firstAdmitted);
            Assert.False(usualAdmitted.IsCompleted);
            first.Free();
            Assert.Equal(DerCode.Success, await usualAdmitted);
            usual.Free();
        });
    }
}
