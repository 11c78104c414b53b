namespace Daos.Fabric.Rpc.Tests.Services;

public sealed class InternalServiceTests
{
    [Fact]
    public void Ping_Answered()
    {
        using var world = new RpcWorld(WireKind.Cross);
        world.Run(async () => Assert.Equal(DerCode.Success, await InternalCalls.PingAsync(world.Endpoint, 0)));
    }

    [Fact]
    public void ProtocolQuery_TwoVersions_LowestAndHighest()
    {
        using var world = new RpcWorld(WireKind.Cross);
        world.Server.Register(new ProbeService(2).Protocol);
        world.Run(async () =>
        {
            DerResult<ProtocolVersions> versions = await InternalCalls.QueryProtocolAsync(world.Endpoint, ProbeService.Module, 0);
            Assert.Equal(new ProtocolVersions(1, 2, 0xABC), versions.Value);
            Assert.Equal(DerCode.Unregistered, (await InternalCalls.QueryProtocolAsync(world.Endpoint, 0x51, 0)).Code);
        });
    }

    [Fact]
    public void Register_ThirdVersionOrSameTwice_Refused()
    {
        using var world = new RpcWorld(WireKind.Cross);
        Assert.Throws<InvalidOperationException>(() => world.Server.Register(new ProbeService(1).Protocol));
        world.Server.Register(new ProbeService(2).Protocol);
        Assert.Throws<InvalidOperationException>(() => world.Server.Register(new ProbeService(3).Protocol));
    }

    [Fact]
    public void UriLookup_KnownAndUnknownTag()
    {
        using var world = new RpcWorld(WireKind.Cross);
        world.Run(async () =>
        {
            Assert.Equal(world.Address, (await InternalCalls.LookupUriAsync(world.Endpoint, 2, 0)).Value);
            Assert.Equal(DerCode.Nonexist, (await InternalCalls.LookupUriAsync(world.Endpoint, 3, 0)).Code);
            Assert.Equal(DerCode.Nonexist, (await InternalCalls.LookupUriAsync(world.Endpoint, ushort.MaxValue, 0)).Code);
        });
    }

    [Fact]
    public void Query_MalformedPayload_ProtocolError()
    {
        using var world = new RpcWorld(WireKind.Cross);
        world.Run(async () =>
        {
            foreach (RpcOpcode opcode in new[] { InternalOpcodes.ProtocolQuery, InternalOpcodes.UriLookup })
            {
                Assert.Equal(DerCode.Protocol, (await world.Endpoint.CallAsync(opcode, [])).Code);
                Assert.Equal(DerCode.Protocol, (await world.Endpoint.CallAsync(opcode, new byte[9])).Code);
                Assert.Equal(DerCode.Protocol, (await world.Endpoint.CallAsync(opcode, [2, 0, 0, 0, 0, 0, 0, 1])).Code);
            }

            Assert.Equal(DerCode.Protocol, (await world.Endpoint.CallAsync(InternalOpcodes.Ping, [1])).Code);
            Assert.Equal(DerCode.Protocol, (await world.Endpoint.CallAsync(InternalOpcodes.Statistics, [1])).Code);
        });
    }

    [Fact]
    public void Statistics_TwoLoopsOfOneNode_BothAnswerAndOneThreadCountsOnce()
    {
        using var world = new RpcWorld(WireKind.Cross);
        OwnerLoop second = world.ServerNode.AddLoop("second");
        world.Open(second, world.ServerClock, RpcWorld.Options() with { Node = world.Node });
        world.Run(async () =>
        {
            ProcessStatisticsReply reply = (await InternalCalls.QueryStatisticsAsync(world.Endpoint, 0)).Value;
            Assert.Equal(2, reply.Answered);
            Assert.Equal(0, reply.Missing);

            // The simulator runs every loop on this thread.
            Assert.InRange(reply.AllocatedBytes, 1, GC.GetAllocatedBytesForCurrentThread());
        });
    }

    [Fact]
    public void Statistics_LoopThatDoesNotTurn_ReportedMissingAndTheNextAskWorks()
    {
        using var world = new RpcWorld(WireKind.Cross);
        OwnerLoop second = world.ServerNode.AddLoop("second");
        world.Open(second, world.ServerClock, RpcWorld.Options() with { Node = world.Node });
        world.ServerNode.Stop(second);
        world.Run(async () =>
        {
            ProcessStatisticsReply reply = (await InternalCalls.QueryStatisticsAsync(world.Endpoint, 0)).Value;
            Assert.Equal((1, 1), (reply.Answered, reply.Missing));
            reply = (await InternalCalls.QueryStatisticsAsync(world.Endpoint, 0)).Value;
            Assert.Equal((1, 1), (reply.Answered, reply.Missing));
        });
        world.ServerNode.Run(second);
        world.World.RunFor(1_000_000);
        world.Run(async () =>
        {
            ProcessStatisticsReply reply = (await InternalCalls.QueryStatisticsAsync(world.Endpoint, 0)).Value;
            Assert.Equal((2, 0), (reply.Answered, reply.Missing));
        });
    }

    [Fact]
    public void Statistics_Connections_AreToldWithTheMemoryThatTheyHold()
    {
        using var world = new RpcWorld(WireKind.Sockets);
        world.Run(async () =>
        {
            ProcessStatisticsReply reply = (await InternalCalls.QueryStatisticsAsync(world.Endpoint, 0)).Value;
            Assert.Equal(1, reply.Connections);
            Assert.InRange(reply.ConnectionBytes, 4096, 256 * 1024);
            Assert.True(reply.ConnectionBytesMax > reply.ConnectionBytes);
        });
    }

    [Fact]
    public void Statistics_ReplyOfAnotherLength_IsRefused()
    {
        byte[] reply = new byte[ProcessStatisticsReply.HeadBytes + ProcessStatisticsReply.ThreadBytes];
        Assert.False(ProcessStatisticsReply.TryRead(reply, out _));
        reply[0] = 1;
        Assert.True(ProcessStatisticsReply.TryRead(reply, out ProcessStatisticsReply one));
        Assert.Equal(1, one.Answered);
        Assert.False(ProcessStatisticsReply.TryRead(reply.AsSpan(1), out _));
        Assert.False(ProcessStatisticsReply.TryRead(reply.AsSpan(0, 8), out _));
        reply.AsSpan(0, 4).Fill(0xFF);
        Assert.False(ProcessStatisticsReply.TryRead(reply, out _));
    }

    // The server speaks N and N-1 of the probe protocol; callers of neighbouring generations find what they share.
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(1, 2, 2)]
    [InlineData(2, 3, 2)]
    [InlineData(0, 1, 1)]
    [InlineData(3, 4, 0)]
    [InlineData(0, 0, 0)]
    public void Negotiate_NewestSharedVersion_OrProto(byte lowest, byte highest, byte expected)
    {
        using var world = new RpcWorld(WireKind.Cross);
        world.Server.Register(new ProbeService(version: 2).Protocol);
        world.Run(async () =>
        {
            DerResult<byte> version = await InternalCalls.NegotiateAsync(world.Endpoint, ProbeService.Module, lowest, highest, 0);
            Assert.Equal(expected == 0 ? DerCode.Protocol : DerCode.Success, version.Code);
            Assert.True(expected == 0 || version.Value == expected);
        });
    }

    [Fact]
    public void Negotiate_AsksOncePerConnectionAndAgainAfterIt()
    {
        using var world = new RpcWorld(WireKind.Cross);
        async ValueTask Negotiate() => Assert.Equal(1, (await InternalCalls.NegotiateAsync(world.Endpoint, ProbeService.Module, 1, 1, 0)).Value);
        world.Run(Negotiate);
        world.Run(Negotiate);
        Assert.Equal(1, world.Server.Statistics.RequestsReceived);
        world.World.On(world.ClientLoop, () => world.Endpoint.Session!.Connection.Close(DerCode.Shutdown));
        world.RunUntil(() => !world.Endpoint.IsOpen, "the end of the connection");
        world.Run(Negotiate);
        Assert.Equal(2, world.Server.Statistics.RequestsReceived);
        world.Run(async () => Assert.Equal(DerCode.Unregistered, (await InternalCalls.NegotiateAsync(world.Endpoint, 0x77, 1, 1, 0)).Code));
    }
}
