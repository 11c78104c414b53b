namespace Daos.Fabric.Rpc.Tests.Dispatch;

public sealed class OverloadTests
{
    [Theory]
    [InlineData(WireKind.Cross)]
    [InlineData(WireKind.Sockets)]
    public void Requests_SentAway_ComeBackInTheirOldOrder(WireKind wire)
    {
        using var world = new RpcWorld(wire, server: o => o with { RequestSlots = 2 });
        RpcEndpoint endpoint = world.Endpoint;
        var holders = new List<RpcWorld.Running>();
        for (byte i = 0; i < 2; i++)
        {
            byte number = i;
            holders.Add(world.Start(async () => Assert.Equal(DerCode.Success, (await endpoint.CallAsync(ProbeService.Hold, [number])).Code)));
        }

        world.RunUntil(() => world.Probe.HeldCount == 2, "the holders");
        ulong first = 0;
        ulong second = 0;
        world.Run(async () => first = await SentAwayAsync(endpoint, 0));
        world.Run(async () => second = await SentAwayAsync(endpoint, 0));
        Assert.True(first != 0 && second == first + 1);
        world.World.On(world.ServerLoop, world.Probe.Release);
        world.RunUntil(() => holders[0].IsDone, "a free slot");

        // The free slot is the first one's: neither a newcomer nor the second gets it, and asking again costs no place.
        ulong third = 0;
        world.Run(async () => third = await SentAwayAsync(endpoint, 0));
        Assert.Equal(second + 1, third);
        world.Run(async () => Assert.Equal(second, await SentAwayAsync(endpoint, second)));
        RpcWorld.Running back = world.Start(async () => Assert.Equal(DerCode.Success, (await CallAsync(endpoint, first)).Code));
        world.RunUntil(() => world.Probe.HeldCount == 2, "the first one back");
        world.World.On(world.ServerLoop, world.Probe.ReleaseAll);
        world.RunUntil(() => back.IsDone, "its reply");
        back.Throw();

        // Two slots are free; one of them is kept for the two who were sent away, the other is anybody's.
        Assert.Equal(4, world.Server.Statistics.PlacesKept);
        world.Run(async () => Assert.Equal(DerCode.Success, (await endpoint.CallAsync(SelfTestOpcodes.Echo, [1])).Code));
    }

    [Fact]
    public void Place_NotClaimedInTime_IsForgotten()
    {
        using var world = new RpcWorld(WireKind.Cross, server: o => o with { RequestSlots = 1 });
        RpcEndpoint endpoint = world.Endpoint;
        RpcWorld.Running holder = world.Start(async () => Assert.Equal(DerCode.Success, (await endpoint.CallAsync(ProbeService.Hold, [0])).Code));
        world.RunUntil(() => world.Probe.HeldCount == 1, "the holder");
        world.Run(async () => Assert.NotEqual(0UL, await SentAwayAsync(endpoint, 0)));
        world.World.On(world.ServerLoop, world.Probe.ReleaseAll);
        world.RunUntil(() => holder.IsDone, "the slot");
        world.Run(async () => await SentAwayAsync(endpoint, 0));

        // The second in the line heard twice the hint of the first.
        world.World.RunFor(3 * RpcLimits.OverloadRetryMs * RpcLimits.OverloadPatience * 1_000_000L);
        world.Run(async () => Assert.Equal(DerCode.Success, (await endpoint.CallAsync(SelfTestOpcodes.Echo, [1])).Code));
    }

    [Fact]
    public void Ticket_OfAnotherConnection_IsWorthNothing()
    {
        using var world = new RpcWorld(WireKind.Cross, server: o => o with { RequestSlots = 1 });
        RpcEndpoint endpoint = world.Endpoint;
        using RawPeer thief = world.OpenRaw();
        thief.Connect();
        RpcWorld.Running holder = world.Start(async () => Assert.Equal(DerCode.Success, (await endpoint.CallAsync(ProbeService.Hold, [0])).Code));
        world.RunUntil(() => world.Probe.HeldCount == 1, "the holder");
        ulong ticket = 0;
        world.Run(async () => ticket = await SentAwayAsync(endpoint, 0));
        world.World.On(world.ServerLoop, world.Probe.ReleaseAll);
        world.RunUntil(() => holder.IsDone, "the slot");
        thief.Send(RawPeer.Request(SelfTestOpcodes.Echo, 1, [], RpcFlags.Queued, ticket: ticket));
        world.RunUntil(() => thief.Messages.Count == 1, "the answer");
        RpcHeaderWire header = RawPeer.HeaderOf(thief.Messages[0]);
        Assert.Equal(DerCode.OverloadRetry.Value, header.DeadlineMsOrCode);
        Assert.Equal(ticket + 1, RawPeer.PlaceOf(thief.Messages[0]).QueueTicket);
        world.Run(async () =>
        {
            RpcCall call = world.Client.RentCall();
            call.QueueTicket = ticket;
            Assert.Equal(DerCode.Success, await call.AdmitAsync(endpoint, SelfTestOpcodes.Echo));
            call.BeginRequest(0);
            Assert.Equal(DerCode.Success, await call.SendAsync(0));
            call.Free();
        });
    }

    [Fact]
    public void Connection_AboveItsShare_SentAwayWithAHintOthersServed()
    {
        using var world = new RpcWorld(WireKind.Cross, server: o => o with { RequestSlots = 8, RequestsPerConnectionMax = 2 });
        using RawPeer greedy = world.OpenRaw();
        greedy.Connect();
        for (ulong id = 1; id <= 3; id++)
        {
            greedy.Send(RawPeer.Request(ProbeService.Hold, id, [1]));
        }

        world.RunUntil(() => greedy.Messages.Count == 1, "the refusal");
        RpcHeaderWire header = RawPeer.HeaderOf(greedy.Messages[0]);
        PlaceWire place = RawPeer.PlaceOf(greedy.Messages[0]);
        Assert.Equal((3UL, DerCode.OverloadRetry.Value, RpcLimits.OverloadRetryMs, 0UL), (header.RpcId, header.DeadlineMsOrCode, place.RetryAfterMs, place.QueueTicket));
        world.Run(async () => Assert.Equal(DerCode.Success, (await world.Endpoint.CallAsync(SelfTestOpcodes.Echo, [1])).Code));
        world.World.On(world.ServerLoop, world.Probe.ReleaseAll);
    }

    // Ten times more comes than can be served, nobody heeds the hint: the slots go on being used, and nothing grows.
    [Fact]
    [Trait("Id", "C16")]
    public void Overload_TenTimesOpenLoop_GoodputStaysAndEverybodyHearsAHint()
    {
        long alone = Goodput(perMs: 16);
        long overloaded = Goodput(perMs: 160);
        string line = $"C16: peak={alone} overloaded={overloaded} ratio={(double)overloaded / alone:F2}";
        Console.WriteLine(line);
        Assert.True(overloaded >= alone * 8 / 10, line);
    }

    private static long Goodput(int perMs)
    {
        using var world = new RpcWorld(WireKind.Cross, server: o => o with { RequestSlots = 64 });
        using RawPeer raw = world.OpenRaw();
        raw.Connect();
        long good = 0;
        long busy = 0;
        long other = 0;
        raw.Respond = (_, message) =>
        {
            RpcHeaderWire header = RawPeer.HeaderOf(message);
            good += header.DeadlineMsOrCode == 0 ? 1 : 0;
            busy += header.DeadlineMsOrCode == DerCode.OverloadRetry.Value && RawPeer.PlaceOf(message).RetryAfterMs > 0 ? 1 : 0;
            other += header.DeadlineMsOrCode != 0 && header.DeadlineMsOrCode != DerCode.OverloadRetry.Value ? 1 : 0;
            raw.Messages.Clear();
        };
        ulong id = 0;
        for (int ms = 0; ms < 400; ms++)
        {
            world.World.On(world.ClientLoop, () =>
            {
                for (int i = 0; i < perMs; i++)
                {
                    RawPeer.Write(raw.Connection, RawPeer.Request(ProbeService.Hold, ++id, [1], deadlineMs: 0));
                }
            });

            // What the server gets done in a millisecond.
            world.World.RunFor(1_000_000);
            world.World.On(world.ServerLoop, () =>
            {
                for (int i = Math.Min(16, world.Probe.HeldCount); i > 0; i--)
                {
                    world.Probe.Release();
                }
            });
        }

        world.World.On(world.ServerLoop, world.Probe.ReleaseAll);
        world.RunUntil(() => (ulong)(good + busy + other) == id, "an answer to everything");
        Assert.Equal(0, other);
        return good;
    }

    private static ValueTask<(DerCode Code, byte[] Reply)> CallAsync(RpcEndpoint endpoint, ulong ticket) => AttemptAsync(endpoint, ticket, _ => { });

    private static async ValueTask<ulong> SentAwayAsync(RpcEndpoint endpoint, ulong ticket)
    {
        ulong heard = 0;
        (DerCode code, _) = await AttemptAsync(endpoint, ticket, call =>
        {
            Assert.InRange(call.RetryAfterMs, 1u, RpcLimits.OverloadRetryMsMax);
            heard = call.QueueTicket;
        });
        Assert.Equal(DerCode.OverloadRetry, code);
        return heard;
    }

    private static async ValueTask<(DerCode Code, byte[] Reply)> AttemptAsync(RpcEndpoint endpoint, ulong ticket, Action<RpcCall> look)
    {
        RpcCall call = endpoint.Context.RentCall();
        call.QueueTicket = ticket;
        DerCode code = await call.AdmitAsync(endpoint, ProbeService.Hold);
        Assert.Equal(DerCode.Success, code);
        call.BeginRequest(0);
        code = await call.SendAsync(0);
        look(call);
        byte[] reply = call.Reply.ToArray();
        call.Free();
        return (code, reply);
    }
}
