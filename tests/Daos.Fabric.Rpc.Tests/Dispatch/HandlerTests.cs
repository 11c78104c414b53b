namespace Daos.Fabric.Rpc.Tests.Dispatch;

public sealed class HandlerTests
{
    [Fact]
    public void Handler_ThrowsOrForgets_CallerHearsMisc()
    {
        using var world = new RpcWorld(WireKind.Cross) { ExpectedUnhandled = 2 };
        RpcEndpoint endpoint = world.Endpoint;
        world.Run(async () =>
        {
            Assert.Equal(DerCode.Misc, (await endpoint.CallAsync(ProbeService.Throw, [])).Code);
            Assert.Equal(DerCode.Misc, (await endpoint.CallAsync(ProbeService.Forget, [])).Code);
            (DerCode code, byte[] reply) = await endpoint.CallAsync(ProbeService.BeginAndThrow, []);
            Assert.Equal(DerCode.Misc, code);
            Assert.Empty(reply);
            Assert.Equal(DerCode.Success, (await endpoint.CallAsync(SelfTestOpcodes.Echo, [1])).Code);
        });
        Assert.Equal(3, world.Server.Statistics.HandlerFaults);
        Assert.IsType<InvalidOperationException>(world.ServerLoop.LastUnhandled);
    }

    [Fact]
    public void Handler_ThrowsAfterAnAwait_CallerHearsMisc()
    {
        using var world = new RpcWorld(WireKind.Cross) { ExpectedUnhandled = 1 };
        RpcEndpoint endpoint = world.Endpoint;
        RpcWorld.Running call = world.Start(async () => Assert.Equal(DerCode.Misc, (await endpoint.CallAsync(ProbeService.ThrowLater, [])).Code));
        world.RunUntil(() => world.Probe.HeldCount == 1, "the request");
        world.World.On(world.ServerLoop, world.Probe.Release);
        world.RunUntil(() => call.IsDone, "the reply");
        call.Throw();
        Assert.Equal(1, world.Server.Statistics.HandlerFaults);
    }

    [Fact]
    public void Handler_RepliesTwice_CallerHearsTheFirstOnce()
    {
        using var world = new RpcWorld(WireKind.Cross) { ExpectedUnhandled = 1 };
        RpcEndpoint endpoint = world.Endpoint;
        world.Run(async () =>
        {
            Assert.Equal(DerCode.Already, (await endpoint.CallAsync(ProbeService.ReplyTwice, [])).Code);
            Assert.Equal(DerCode.Success, (await endpoint.CallAsync(SelfTestOpcodes.Echo, [1])).Code);
        });
        Assert.Equal(2, world.Server.Statistics.RepliesSent);
        Assert.Equal(0, world.Client.Statistics.StaleReplies);
    }

    [Fact]
    public void OneWay_RunsWithoutReply()
    {
        using var world = new RpcWorld(WireKind.Cross);
        RpcEndpoint endpoint = world.Endpoint;
        world.Run(async () =>
        {
            for (int i = 0; i < 1000; i++)
            {
                Assert.Equal(DerCode.Success, (await endpoint.CallAsync(ProbeService.Notify, [1], flags: RpcFlags.OneWay)).Code);
            }
        });
        world.RunUntil(() => world.Probe.Notified == 1000, "all of them");
        world.World.RunFor(1_000_000);
        Assert.Equal(0, world.Server.Statistics.RepliesSent);
    }

    [Fact]
    public void Arrived_OfEachRequest_ComesOnceAndBeforeItsHandler()
    {
        using var world = new RpcWorld(WireKind.Cross);
        RpcEndpoint endpoint = world.Endpoint;
        world.Run(async () =>
        {
            for (byte i = 0; i < 100; i++)
            {
                Assert.Equal(DerCode.Success, (await endpoint.CallAsync(ProbeService.Notify, [i], flags: RpcFlags.OneWay)).Code);
            }
        });
        world.RunUntil(() => world.Probe.Notified == 100, "all of them");
        Assert.Equal(100, world.Probe.Arrivals.Count);
        Assert.False(world.Probe.WasQueuedWhileHandled);
        for (int i = 0; i < 100; i++)
        {
            Assert.Equal(((byte)i, true), (world.Probe.Arrivals[i].First, world.Probe.Arrivals[i].IsQueued));
            Assert.InRange(world.Probe.Arrivals[i].Handled, 0, i);
        }
    }

    [Fact]
    public void OneWay_FlagAndOperationDisagree_NotExecuted()
    {
        using var world = new RpcWorld(WireKind.Cross);
        RpcEndpoint endpoint = world.Endpoint;
        world.Run(async () =>
        {
            Assert.Equal(DerCode.Protocol, (await endpoint.CallAsync(ProbeService.Notify, [1])).Code);
            Assert.Equal(DerCode.Success, (await endpoint.CallAsync(SelfTestOpcodes.Echo, [1], flags: RpcFlags.OneWay)).Code);
            Assert.Equal(DerCode.Success, (await endpoint.CallAsync(SelfTestOpcodes.Echo, [1])).Code);
        });
        Assert.Equal(0, world.Probe.Notified);
        Assert.Equal(2, world.Server.Statistics.RepliesSent);
    }

    [Fact]
    public void Opcode_Unknown_UnregisteredOrProtocol()
    {
        using var world = new RpcWorld(WireKind.Cross);
        RpcEndpoint endpoint = world.Endpoint;
        world.Run(async () =>
        {
            Assert.Equal(DerCode.Unregistered, (await endpoint.CallAsync(RpcOpcode.Create(0x33, 1, 0), [])).Code);
            Assert.Equal(DerCode.Unregistered, (await endpoint.CallAsync(RpcOpcode.Create(ProbeService.Module, 1, 500), [])).Code);
            Assert.Equal(DerCode.Protocol, (await endpoint.CallAsync(RpcOpcode.Create(ProbeService.Module, 2, 0), [])).Code);
            Assert.Equal(DerCode.Unregistered, (await endpoint.CallAsync(RpcOpcode.Create(InternalOpcodes.ModuleId, 1, 2), [])).Code);
        });
    }

    [Theory]
    [InlineData(2, 1024)]
    [InlineData(1024, 2)]
    public void Slots_AllTaken_OverloadAnsweredAtOnceWithAHint(int slots, int perConnection)
    {
        using var world = new RpcWorld(WireKind.Cross, server: o => o with { RequestSlots = slots, RequestsPerConnectionMax = perConnection });
        RpcEndpoint endpoint = world.Endpoint;
        var held = new List<RpcWorld.Running>();
        for (int i = 0; i < 2; i++)
        {
            held.Add(world.Start(async () => Assert.Equal(DerCode.Success, (await endpoint.CallAsync(ProbeService.Hold, [1])).Code)));
        }

        world.RunUntil(() => world.Probe.HeldCount == 2, "two requests");
        world.Run(async () =>
        {
            RpcCall call = world.Client.RentCall();
            await call.AdmitAsync(endpoint, SelfTestOpcodes.Echo);
            call.BeginRequest(0);
            Assert.Equal(DerCode.OverloadRetry, await call.SendAsync(0));
            Assert.Equal(RpcLimits.OverloadRetryMs, call.RetryAfterMs);
            call.Free();
            await endpoint.CallAsync(ProbeService.Notify, [1], flags: RpcFlags.OneWay);
        });
        world.RunUntil(() => world.Server.Statistics.RequestsOverloaded == 2, "the one-way drop");
        world.World.On(world.ServerLoop, world.Probe.ReleaseAll);
        world.RunUntil(() => held.TrueForAll(h => h.IsDone), "the replies");
        held.ForEach(h => h.Throw());
        world.Run(async () => Assert.Equal(DerCode.Success, (await endpoint.CallAsync(SelfTestOpcodes.Echo, [1])).Code));
        Assert.Equal(0, world.Probe.Notified);
    }

    [Fact]
    public void Modification_Travels_AndIsRequired()
    {
        using var world = new RpcWorld(WireKind.Cross);
        RpcEndpoint endpoint = world.Endpoint;
        var info = new ModificationInfo
        {
            ClientId = new Guid("00112233-4455-6677-8899-aabbccddeeff"),
            TransactionHlc = 1,
            Sequence = 9,
            LowestUnanswered = 4,
            Epoch = new Epoch(77),
            MapVersion = 3,
        };
        world.Run(async () =>
        {
            Assert.Equal(DerCode.Success, await ModifyAsync(info));
            Assert.Equal(DerCode.Already, await ModifyAsync(info with { Flags = ModificationInfo.ResendFlag }));
            Assert.Equal(DerCode.Protocol, (await endpoint.CallAsync(ProbeService.Modify, [])).Code);
        });
        Assert.Equal(info with { Flags = ModificationInfo.ResendFlag }, world.Probe.LastModification);

        async ValueTask<DerCode> ModifyAsync(ModificationInfo sent)
        {
            RpcCall call = world.Client.RentCall();
            await call.AdmitAsync(endpoint, ProbeService.Modify);
            call.BeginRequest(16, sent).Fill(5);
            DerCode code = await call.SendAsync(16);
            call.Free();
            return code;
        }
    }

    [Fact]
    public void Clock_MergedAndReturned_AndRefusedWhenTooFarAhead()
    {
        using var world = new RpcWorld(WireKind.Cross);
        using RawPeer raw = world.OpenRaw();
        raw.Connect();
        ulong near = world.ServerClock.Physical + (HybridLogicalClock.EpsilonUnits / 2);
        raw.Send(RawPeer.Request(SelfTestOpcodes.Echo, 1, [], hlc: near));
        world.RunUntil(() => raw.Messages.Count == 1, "the reply");
        Assert.Equal(0, RawPeer.HeaderOf(raw.Messages[0]).DeadlineMsOrCode);
        Assert.True(RawPeer.HeaderOf(raw.Messages[0]).Hlc > near);

        ulong far = world.ServerClock.Physical + (HybridLogicalClock.EpsilonUnits * 2);
        raw.Send(RawPeer.Request(SelfTestOpcodes.Echo, 2, [], hlc: far));
        world.RunUntil(() => raw.Messages.Count == 2, "the refusal");
        Assert.Equal(DerCode.HlcSync.Value, RawPeer.HeaderOf(raw.Messages[1]).DeadlineMsOrCode);
        Assert.True(world.ServerClock.Last < far);
        Assert.Equal(1, world.Server.Statistics.ClockRejections);

        world.Run(async () =>
        {
            Assert.Equal(DerCode.Success, (await world.Endpoint.CallAsync(SelfTestOpcodes.Echo, [])).Code);
            Assert.True(world.Client.HighestHlc > near);
        });
    }

    [Fact]
    public void DestinationRank_OfAnotherEngine_BadTarget()
    {
        using var world = new RpcWorld(WireKind.Cross);
        using RawPeer raw = world.OpenRaw();
        raw.Connect();
        byte[] message = RawPeer.Request(SelfTestOpcodes.Echo, 1, []);
        MemoryMarshal.AsRef<RpcHeaderWire>(message.AsSpan()).DestinationRank = 17;
        raw.Send(message);
        world.RunUntil(() => raw.Messages.Count == 1, "the reply");
        Assert.Equal(DerCode.BadTarget.Value, RawPeer.HeaderOf(raw.Messages[0]).DeadlineMsOrCode);
    }
}
