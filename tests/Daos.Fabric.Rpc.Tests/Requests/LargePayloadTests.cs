namespace Daos.Fabric.Rpc.Tests.Requests;

/// <summary>Payloads on both sides of the eager limit, through the same call and the same handler.</summary>
public sealed class LargePayloadTests
{
    private const int Eager = 20 * 1024;

    [Theory]
    [InlineData(WireKind.Direct)]
    [InlineData(WireKind.Cross)]
    [InlineData(WireKind.Sockets)]
    public void Echo_OfAnyLength_ComesBackWhole(WireKind wire)
    {
        using var world = new RpcWorld(wire);
        using var request = new NativeBlock(3 << 20);
        using var room = new NativeBlock(3 << 20);
        foreach (int length in new[] { 0, 1, Eager, Eager + 1, 64 * 1024, (1 << 20) + 3, 3 << 20 })
        {
            new SeededRandom((ulong)length + 1).Fill(request.Span[..length]);
            room.Span.Fill(0xEE);
            Assert.Equal(DerCode.Success, Call(world, SelfTestOpcodes.Echo, request, length, room, room.LengthBytes, out byte[] reply));
            Assert.True(request.Span[..length].SequenceEqual(reply), $"{length} bytes came back as {reply.Length}");
            Assert.False(room.Span[(length > Eager ? length : 0)..].ContainsAnyExcept((byte)0xEE), "memory behind the reply was written");
        }

        Assert.Equal(0, world.Server.Staging.Rented);
        Assert.Equal(world.Client.Statistics.RangesExposed, world.Client.Statistics.RangesRevoked);
    }

    [Fact]
    public void Reply_LongerThanTheRoom_IsTheHandlersFaultAndAnswered()
    {
        using var world = new RpcWorld(WireKind.Cross) { ExpectedUnhandled = 1 };
        using var request = new NativeBlock(1 << 20);
        using var room = new NativeBlock(100_000);
        Assert.Equal(DerCode.Misc, Call(world, SelfTestOpcodes.Echo, request, request.LengthBytes, room, room.LengthBytes, out _));
        Assert.Equal(0, world.Server.Staging.Rented);
    }

    [Fact]
    public void Modification_WithALargePayload_CarriesBoth()
    {
        using var world = new RpcWorld(WireKind.Cross);
        using var request = new NativeBlock(100_000);
        var info = new ModificationInfo { ClientId = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"), Sequence = 7 };
        world.Run(async () =>
        {
            RpcCall call = world.Client.RentCall();
            await call.AdmitAsync(world.Endpoint, ProbeService.Modify);
            Assert.Equal(DerCode.Success, await Send(call, request, request.LengthBytes, null, 0, info));
            call.Free();
        });
        Assert.Equal(info, world.Probe.LastModification);
    }

    [Theory]
    [InlineData(WireKind.Cross)]
    [InlineData(WireKind.Sockets)]
    public void Call_TimesOutWhileTheHandlerHolds_MemoryUntouchedAndStagingReturned(WireKind wire)
    {
        using var world = new RpcWorld(wire);
        using var request = new NativeBlock(1 << 20);
        using var room = new NativeBlock(1 << 20);
        world.Run(async () =>
        {
            RpcCall call = world.Client.RentCall();
            await call.AdmitAsync(world.Endpoint, ProbeService.Hold, world.DeadlineIn(50_000_000));
            Assert.Equal(DerCode.TimedOut, await Send(call, request, request.LengthBytes, room, room.LengthBytes, null));
            call.Free();
            room.Span.Fill(0x77);
        });
        world.RunUntil(() => world.Probe.HeldCount == 1 && world.Probe.IsHeldCanceled, "the cancel");
        Assert.Equal(2, world.Server.Staging.Rented);
        world.World.On(world.ServerLoop, world.Probe.Release);
        world.World.RunFor(50_000_000);
        Assert.False(room.Span.ContainsAnyExcept((byte)0x77));
        Assert.Equal(0, world.Server.Staging.Rented);
        Assert.Equal(0, world.Client.Statistics.StaleReplies);
    }

    [Fact]
    public void Staging_Exhausted_SentAwayAndServedLater()
    {
        using var world = new RpcWorld(WireKind.Cross, server: o => o with { StagingBytesMax = 2L * RpcLimits.PayloadBytesMax });
        using var huge = new NativeBlock(RpcLimits.PayloadBytesMax);
        RpcEndpoint endpoint = world.Endpoint;
        var holders = new List<RpcWorld.Running>();
        for (int i = 0; i < 2; i++)
        {
            holders.Add(world.Start(async () =>
            {
                RpcCall call = world.Client.RentCall();
                await call.AdmitAsync(endpoint, ProbeService.Hold);
                await Send(call, huge, 40 << 20, null, 0, null);
                call.Free();
            }));
        }

        world.RunUntil(() => world.Probe.HeldCount == 2, "both");
        Assert.Equal(DerCode.OverloadRetry, Call(world, SelfTestOpcodes.Echo, huge, 30_000, null, 0, out _));
        world.World.On(world.ServerLoop, world.Probe.ReleaseAll);
        world.RunUntil(() => holders.TrueForAll(h => h.IsDone), "their ends");

        // Their replies had no room: the handler's fault, not a leak.
        world.ExpectedUnhandled = null;
        world.World.RunFor(100_000_000);
        Assert.Equal(DerCode.Success, Call(world, ProbeService.Forget, huge, 0, null, 0, out _) == DerCode.Misc ? DerCode.Success : DerCode.Misc);
        Assert.Equal(0, world.Server.Staging.Rented);
        Assert.InRange(world.Server.Staging.TakenBytes, 0, world.Server.Options.StagingBytesMax);
    }

    [Fact]
    public void Request_LongerThanAnyServerTakes_Overflow()
    {
        using var world = new RpcWorld(WireKind.Cross);
        using RawPeer raw = world.OpenRaw();
        raw.Connect();
        byte[] payload = new byte[48];
        new RemoteMemory(0x123, (long)RpcLimits.PayloadBytesMax + 1, MemoryAccess.RemoteRead).Write(payload);
        raw.Send(RawPeer.Request(SelfTestOpcodes.Echo, 1, payload, RpcFlags.Large));
        world.RunUntil(() => raw.Messages.Count == 1, "the answer");
        Assert.Equal(DerCode.Overflow.Value, RawPeer.HeaderOf(raw.Messages[0]).DeadlineMsOrCode);

        // A key that means nothing: the pull is refused, and that is the answer.
        new RemoteMemory(0x123, 100_000, MemoryAccess.RemoteRead).Write(payload);
        raw.Send(RawPeer.Request(SelfTestOpcodes.Echo, 2, payload, RpcFlags.Large));
        world.RunUntil(() => raw.Messages.Count == 2, "the refusal");
        Assert.Equal(DerCode.NoPerm.Value, RawPeer.HeaderOf(raw.Messages[1]).DeadlineMsOrCode);
        Assert.Equal(0, world.Server.Staging.Rented);
    }

    public static TheoryData<string, byte[]> Malformed
    {
        get
        {
            byte[] Of(RemoteMemory request, RemoteMemory reply, int more = 0)
            {
                byte[] payload = new byte[48 + more];
                request.Write(payload);
                reply.Write(payload.AsSpan(24));
                return payload;
            }

            return new TheoryData<string, byte[]>
            {
                { "too short", new byte[47] },
                { "neither", new byte[48] },
                { "length 0", Of(new RemoteMemory(1, 0, MemoryAccess.RemoteRead), default) },
                { "negative", Of(new RemoteMemory(1, -5, MemoryAccess.RemoteRead), default) },
                { "wrong access", Of(new RemoteMemory(1, 5, MemoryAccess.RemoteWrite), default) },
                { "reply read-only", Of(default, new RemoteMemory(1, 5, MemoryAccess.RemoteRead)) },
                { "length without key", Of(new RemoteMemory(1, 5, MemoryAccess.RemoteRead), new RemoteMemory(0, 5, MemoryAccess.RemoteWrite)) },
                { "payload twice", Of(new RemoteMemory(1, 5, MemoryAccess.RemoteRead), default, more: 8) },
            };
        }
    }

    [Theory]
    [MemberData(nameof(Malformed))]
    public void Head_Malformed_ClosesTheConnection(string what, byte[] payload)
    {
        using var world = new RpcWorld(WireKind.Cross);
        using RawPeer raw = world.OpenRaw();
        raw.Connect();
        raw.Send(RawPeer.Request(SelfTestOpcodes.Echo, 1, payload, RpcFlags.Large));
        world.RunUntil(() => raw.Closed is not null, $"the end ({what})");
        Assert.Equal(0, world.Server.Staging.Rented);
    }

    // A server that claims to have written what nobody gave it room for.
    [Fact]
    public void Reply_ClaimsALargePayloadNobodyAskedFor_ConnectionClosed()
    {
        using var world = new RpcWorld(WireKind.Cross);
        using RawPeer hostile = world.OpenRaw();
        TransportUri address = hostile.Listen(TransportUri.Parse("loopback://hostile"));
        hostile.Respond = (connection, message) =>
        {
            RpcHeaderWire header = RawPeer.HeaderOf(message);
            byte[] reply = RawPeer.Request(new RpcOpcode(header.Opcode), header.RpcId, BitConverter.GetBytes(8L), RpcFlags.Reply | RpcFlags.Large, 0);
            RawPeer.Write(connection, reply);
        };
        world.Run(async () =>
            Assert.Equal(DerCode.Unreachable, (await world.Client.EndpointOf(address, 0).Value.CallAsync(SelfTestOpcodes.Echo, [1])).Code));
        Assert.Equal(1, world.Client.Statistics.MalformedMessages);
    }

    private static DerCode Call(RpcWorld world, RpcOpcode opcode, NativeBlock request, int length, NativeBlock? room, int roomBytes, out byte[] reply)
    {
        DerCode code = default;
        byte[] got = [];
        world.Run(async () =>
        {
            RpcCall call = world.Client.RentCall();
            code = await call.AdmitAsync(world.Endpoint, opcode);
            Assert.Equal(DerCode.Success, code);
            code = await Send(call, request, length, room, roomBytes, null);
            got = call.Reply.ToArray();
            call.Free();
        });
        reply = got;
        return code;
    }

    private static unsafe ValueTask<DerCode> Send(RpcCall call, NativeBlock request, int length, NativeBlock? room, int roomBytes, ModificationInfo? modification)
    {
        var payload = new RpcPayload(request.Address, length, room is null ? null : room.Address, roomBytes);
        return modification is { } info ? call.SendLargeAsync(payload, info) : call.SendLargeAsync(payload);
    }
}
