namespace Daos.Fabric.Rpc.Tests.Services;

public sealed class EchoTests
{
    [Theory]
    [InlineData(WireKind.Direct)]
    [InlineData(WireKind.Cross)]
    [InlineData(WireKind.Sockets)]
    public void Echo_AnySize_ComesBackUnchanged(WireKind wire)
    {
        using var world = new RpcWorld(wire);
        world.Run(async () =>
        {
            foreach (int size in new[] { 0, 1, 7, 64, 4096, 19 * 1024, (64 * 1024) - RpcHeaderWire.SizeBytes })
            {
                byte[] payload = Calling.Pattern(size, size);
                (DerCode code, byte[] reply) = await world.Endpoint.CallAsync(SelfTestOpcodes.Echo, payload);
                Assert.Equal(DerCode.Success, code);
                Assert.Equal(payload, reply);
            }
        });
        Assert.Equal(7, world.Client.Statistics.CallsReplied);
        Assert.Equal(7, world.Server.Statistics.RepliesSent);
    }

    [Theory]
    [InlineData(WireKind.Direct)]
    [InlineData(WireKind.Cross)]
    [InlineData(WireKind.Sockets)]
    public void Echo_256InFlight_EachGetsItsOwnReply(WireKind wire)
    {
        using var world = new RpcWorld(wire);
        int done = 0;
        RpcEndpoint endpoint = world.Endpoint;
        var workers = new List<RpcWorld.Running>();
        for (int i = 0; i < 256; i++)
        {
            int worker = i;
            workers.Add(world.Start(async () =>
            {
                for (int turn = 0; turn < 8; turn++)
                {
                    byte[] payload = Calling.Pattern(64, (worker * 1000) + turn);
                    (DerCode code, byte[] reply) = await endpoint.CallAsync(SelfTestOpcodes.Echo, payload);
                    Assert.Equal(DerCode.Success, code);
                    Assert.Equal(payload, reply);
                    done++;
                }
            }));
        }

        world.RunUntil(() => workers.TrueForAll(w => w.IsDone), "the end of all workers");
        workers.ForEach(w => w.Throw());
        Assert.Equal(2048, done);
        Assert.Equal(0, world.Client.Statistics.StaleReplies);
    }

    [Theory]
    [InlineData(WireKind.Direct)]
    [InlineData(WireKind.Cross)]
    [InlineData(WireKind.Sockets)]
    public void Bulk_PulledThenPushed_BytesAgree(WireKind wire)
    {
        using var world = new RpcWorld(wire);
        using var source = new NativeBlock(1 << 20);
        using var copy = new NativeBlock(1 << 20);
        new SeededRandom(9).Fill(source.Span);
        uint expected = Core.Checksums.Crc32C.Compute(source.Span);
        world.Run(async () =>
        {
            await BulkAsync(SelfTestOpcodes.Pull, source, MemoryAccess.RemoteRead);
            await BulkAsync(SelfTestOpcodes.Push, copy, MemoryAccess.RemoteWrite);
        });
        Assert.True(copy.Span.SequenceEqual(source.Span));

        async ValueTask BulkAsync(RpcOpcode opcode, NativeBlock block, MemoryAccess access)
        {
            RpcCall call = world.Client.RentCall();
            Assert.Equal(DerCode.Success, await call.AdmitAsync(world.Endpoint, opcode));
            RemoteMemory memory = block.Expose(call, access);
            new SelfTestBulk(memory, 0, 4096, block.LengthBytes, WantsChecksum: true).Write(call.BeginRequest(SelfTestBulk.SizeBytes));
            Assert.Equal(DerCode.Success, await call.SendAsync(SelfTestBulk.SizeBytes));
            Assert.Equal(expected, MemoryMarshal.Read<uint>(call.Reply));
            call.Free();
        }
    }

    [Theory]
    [InlineData(-1, 0, 64)]
    [InlineData(0, -1, 64)]
    [InlineData(0, 0, 0)]
    [InlineData(0, 0, -5)]
    [InlineData(4000, 0, 4097)]
    [InlineData(0, (4 << 20) - 63, 64)]
    [InlineData(long.MaxValue, 0, 64)]
    [InlineData(0, long.MaxValue, 64)]
    public void Bulk_RangeOutOfBounds_Invalid(long offset, long serverOffset, int length)
    {
        using var world = new RpcWorld(WireKind.Cross);
        using var block = new NativeBlock(8096);
        world.Run(async () =>
        {
            RpcCall call = world.Client.RentCall();
            await call.AdmitAsync(world.Endpoint, SelfTestOpcodes.Push);
            RemoteMemory memory = block.Expose(call, MemoryAccess.RemoteWrite);
            new SelfTestBulk(memory, offset, serverOffset, length, WantsChecksum: false).Write(call.BeginRequest(SelfTestBulk.SizeBytes));
            Assert.Equal(DerCode.Invalid, await call.SendAsync(SelfTestBulk.SizeBytes));
            call.Free();
        });
    }
}
