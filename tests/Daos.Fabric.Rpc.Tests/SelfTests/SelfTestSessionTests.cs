using Daos.Fabric.Rpc.Bulk;
using Daos.Fabric.Rpc.SelfTests;

namespace Daos.Fabric.Rpc.Tests.SelfTests;

/// <summary>What callers may get wrong, and what stays of those who die.</summary>
public sealed class SelfTestSessionTests
{
    private static readonly SelfTestShape s_bulk = new(SelfTestTransfer.Bulk, 1 << 20, SelfTestTransfer.Empty, 0);

    [Fact]
    public void Open_TooMuchMemory_IsRefusedUntilAnotherCloses()
    {
        using var world = new RpcWorld(WireKind.Cross);
        RpcEndpoint endpoint = world.Endpoint;
        world.Run(async () =>
        {
            // The engine of these tests gives 4 MiB.
            Assert.Equal(DerCode.NoMemory, (await OpenAsync(endpoint, s_bulk, 5)).Code);
            (DerCode code, byte[] first) = await OpenAsync(endpoint, s_bulk, 3);
            Assert.Equal(DerCode.Success, code);
            Assert.Equal(DerCode.NoMemory, (await OpenAsync(endpoint, s_bulk, 2)).Code);
            Assert.Equal(DerCode.Success, (await endpoint.CallAsync(SelfTestOpcodes.Close, first)).Code);
            Assert.Equal(DerCode.Success, (await OpenAsync(endpoint, s_bulk, 4)).Code);
        });
    }

    [Fact]
    public void Open_TooMany_IsBusy()
    {
        using var world = new RpcWorld(WireKind.Cross);
        RpcEndpoint endpoint = world.Endpoint;
        world.Run(async () =>
        {
            for (int i = 0; i < SelfTestLimits.SessionsMax; i++)
            {
                Assert.Equal(DerCode.Success, (await OpenAsync(endpoint, SelfTestCaller.Empty, 1)).Code);
            }

            Assert.Equal(DerCode.Busy, (await OpenAsync(endpoint, SelfTestCaller.Empty, 1)).Code);
        });
    }

    [Theory]
    [InlineData(0, 0, 0, 0, 0)]
    [InlineData(0, 0, 0, 0, 1025)]
    [InlineData(1, 0, 0, 0, 1)]
    [InlineData(0, 5, 0, 0, 1)]
    [InlineData(3, 5, 0, 0, 1)]
    [InlineData(1, -5, 0, 0, 1)]
    [InlineData(0, 0, 2, SelfTestShape.SideBytesMax + 1, 1)]
    public void Open_NotAShape_IsProtocol(byte send, int sendBytes, byte reply, int replyBytes, int buffers)
    {
        using var world = new RpcWorld(WireKind.Cross);
        RpcEndpoint endpoint = world.Endpoint;
        var shape = new SelfTestShape((SelfTestTransfer)send, sendBytes, (SelfTestTransfer)reply, replyBytes);
        world.Run(async () => Assert.Equal(DerCode.Protocol, (await OpenAsync(endpoint, shape, buffers)).Code));
    }

    [Fact]
    public void Session_OfAnotherConnection_IsNotThere()
    {
        using var world = new RpcWorld(WireKind.Sockets);
        RpcContext stranger = world.Open(world.ClientNode.AddLoop("stranger"), null, RpcWorld.Options());
        RpcEndpoint endpoint = world.Endpoint;
        byte[] session = [];
        world.Run(async () => session = (await OpenAsync(endpoint, SelfTestCaller.Empty, 1)).Session);
        world.Run(stranger.Loop, async () =>
        {
            RpcEndpoint other = stranger.EndpointOf(world.Address, 2).Value;
            Assert.Equal(DerCode.Nonexist, (await other.CallAsync(SelfTestOpcodes.Call, session)).Code);
            Assert.Equal(DerCode.Nonexist, (await other.CallAsync(SelfTestOpcodes.Close, session)).Code);
        });
        world.Run(async () =>
        {
            Assert.Equal(DerCode.Success, (await endpoint.CallAsync(SelfTestOpcodes.Call, session)).Code);
            Assert.Equal(DerCode.Success, (await endpoint.CallAsync(SelfTestOpcodes.Close, session)).Code);
            Assert.Equal(DerCode.Nonexist, (await endpoint.CallAsync(SelfTestOpcodes.Call, session)).Code);
            Assert.Equal(DerCode.Nonexist, (await endpoint.CallAsync(SelfTestOpcodes.Close, session)).Code);
        });
    }

    [Fact]
    public void Call_NotWhatTheSessionSays_IsRefused()
    {
        using var world = new RpcWorld(WireKind.Cross);
        RpcEndpoint endpoint = world.Endpoint;
        world.Run(async () =>
        {
            byte[] inline = (await OpenAsync(endpoint, SelfTestCaller.Inline(8, 0), 1)).Session;
            Assert.Equal(DerCode.Protocol, (await endpoint.CallAsync(SelfTestOpcodes.Call, inline)).Code);
            Assert.Equal(DerCode.Protocol, (await endpoint.CallAsync(SelfTestOpcodes.Call, [.. inline, .. new byte[16]])).Code);
            Assert.Equal(DerCode.Success, (await endpoint.CallAsync(SelfTestOpcodes.Call, [.. inline, .. new byte[8]])).Code);
            byte[] bulk = (await OpenAsync(endpoint, s_bulk, 1)).Session;
            Assert.Equal(DerCode.Protocol, (await endpoint.CallAsync(SelfTestOpcodes.Call, bulk)).Code);
            Assert.Equal(DerCode.Protocol, (await endpoint.CallAsync(SelfTestOpcodes.Call, [.. bulk, .. new byte[32]])).Code);
            byte[] large = (await OpenAsync(endpoint, SelfTestCaller.Inline(0, 100_000), 1)).Session;
            Assert.Equal(DerCode.Overflow, (await endpoint.CallAsync(SelfTestOpcodes.Call, large)).Code);
            Assert.Equal(DerCode.Nonexist, (await endpoint.CallAsync(SelfTestOpcodes.Call, [1])).Code);
        });
    }

    [Fact]
    public void Call_MoreThanTheSessionWasOpenedFor_IsBusy()
    {
        using var world = new RpcWorld(WireKind.Sockets);
        RpcEndpoint endpoint = world.Endpoint;
        using var block = new NativeBlock(1 << 20);
        var codes = new List<DerCode>();
        byte[] session = [];
        world.Run(async () => session = (await OpenAsync(endpoint, s_bulk, 1)).Session);
        RpcWorld.Running[] running = [world.Start(CallAsync), world.Start(CallAsync)];
        world.RunUntil(() => running.All(r => r.IsDone), "both calls");
        Array.ForEach(running, r => r.Throw());
        Assert.Contains(DerCode.Busy, codes);
        Assert.Contains(DerCode.Success, codes);

        async ValueTask CallAsync()
        {
            RpcCall call = world.Client.RentCall();
            DerCode code = await call.AdmitAsync(endpoint, SelfTestOpcodes.Call);
            if (code.IsSuccess)
            {
                code = await call.SendAsync(Fill(call, session, block));
            }

            codes.Add(code);
            call.Free();
        }
    }

    [Theory]
    [InlineData(CrashKind.Process)]
    [InlineData(CrashKind.Power)]
    public void Caller_Dies_ItsSessionsAreReaped(CrashKind kind)
    {
        using var world = new RpcWorld(WireKind.Sockets);
        RpcEndpoint endpoint = world.Endpoint;
        var plan = new SelfTestPlan { Shape = new(SelfTestTransfer.Bulk, 65_536, SelfTestTransfer.Bulk, 65_536), InFlight = 8, Repetitions = 1_000_000 };
        world.Start(async () => await SelfTestCaller.RunAsync(world.Client, plan, endpoint));
        SelfTestSessions sessions = world.Server.SelfTest!.Sessions;
        world.RunUntil(() => world.Server.Statistics.BulkPuts > 100, "a hundred calls");
        Assert.Equal(1, sessions.Count);
        Assert.True(sessions.TakenBytes > 0);

        world.Crash(world.ClientNode, kind);
        world.RunUntil(() => sessions.Count == 0 && sessions.TakenBytes == 0, "the end of the session");
    }

    private static unsafe int Fill(RpcCall call, byte[] session, NativeBlock block)
    {
        BulkRegion region = call.Context.TryRentBulk([new BulkSegment(block.Address, block.LengthBytes)], MemoryAccess.RemoteRead)!;
        ExposedBulk exposed = call.Expose(region);
        Span<byte> request = call.BeginRequest(session.Length + exposed.SizeBytes);
        session.CopyTo(request);
        call.Write(exposed, request[session.Length..]);
        region.Free();
        return session.Length + exposed.SizeBytes;
    }

    private static async ValueTask<(DerCode Code, byte[] Session)> OpenAsync(RpcEndpoint endpoint, SelfTestShape shape, int buffers)
    {
        byte[] payload = new byte[SelfTestShape.SizeBytes + 8];
        Write(payload, shape, buffers);
        return await endpoint.CallAsync(SelfTestOpcodes.Open, payload);
    }

    private static void Write(byte[] payload, in SelfTestShape shape, int buffers)
    {
        var writer = new WireWriter(payload);
        shape.Write(ref writer);
        writer.WriteUInt16((ushort)buffers);
        writer.Align8();
    }
}
