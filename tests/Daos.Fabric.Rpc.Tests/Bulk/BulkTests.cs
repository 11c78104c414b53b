using Daos.Fabric.Rpc.Bulk;

namespace Daos.Fabric.Rpc.Tests.Bulk;

public sealed class BulkTests
{
    // Segment lists of different shapes on both sides, every access, offsets on both sides.
    [Theory]
    [InlineData(WireKind.Direct)]
    [InlineData(WireKind.Cross)]
    [InlineData(WireKind.Sockets)]
    public void GetAndPut_SegmentListsAndOffsets_MoveExactlyTheRange(WireKind wire)
    {
        using var world = new BulkWorld(wire);
        var random = new SeededRandom(11);
        for (int round = 0; round < 12; round++)
        {
            using var client = new Segments(random, 1 + random.Next(20), 1 + random.Next(round < 10 ? 5_000 : 900_000));
            using var server = new Segments(random, 1 + random.Next(20), 1 + random.Next(round < 10 ? 5_000 : 900_000));
            long length = 1 + random.Next(Math.Min(client.LengthBytes, server.LengthBytes));
            long clientOffset = random.Next(client.LengthBytes - length + 1);
            long serverOffset = random.Next(server.LengthBytes - length + 1);
            bool isGet = round % 2 == 0;
            byte[] clientBefore = client.ToArray();
            byte[] serverBefore = server.ToArray();
            world.Service.Next = (request, bulk) =>
                isGet ? request.Get(bulk, clientOffset, server.Rent(world.Server, MemoryAccess.RemoteRead), serverOffset, length)
                : request.Put(bulk, clientOffset, server.Rent(world.Server, MemoryAccess.RemoteRead), serverOffset, length);
            Assert.Equal(DerCode.Success, world.Call(client, isGet ? MemoryAccess.RemoteRead : MemoryAccess.RemoteWrite));
            byte[] from = isGet ? clientBefore[(int)clientOffset..(int)(clientOffset + length)] : serverBefore[(int)serverOffset..(int)(serverOffset + length)];
            byte[] expected = isGet ? serverBefore : clientBefore;
            from.CopyTo(expected, isGet ? serverOffset : clientOffset);
            Assert.Equal(expected, isGet ? server.ToArray() : client.ToArray());
            Assert.Equal(isGet ? clientBefore : serverBefore, isGet ? client.ToArray() : server.ToArray());
            world.World.World.On(world.World.ServerLoop, server.Free);
        }

        Assert.Equal(0, world.Server.BulksInUse);
        Assert.Equal(0, world.Client.BulksInUse);
        Assert.Equal(world.Client.Statistics.BulksCreated, world.Client.Statistics.BulksFreed);
        Assert.Equal(world.Client.Statistics.RangesExposed, world.Client.Statistics.RangesRevoked);
    }

    [Theory]
    [InlineData(WireKind.Direct)]
    [InlineData(WireKind.Cross)]
    [InlineData(WireKind.Sockets)]
    public void Access_OutOfRangeOrNotGiven_RefusedAndNothingMoves(WireKind wire)
    {
        using var world = new BulkWorld(wire);
        using var client = new Segments(new SeededRandom(1), 3, 1000);
        using var block = new NativeBlock(8192);
        byte[] before = client.ToArray();
        foreach ((MemoryAccess access, long offset, long length, bool isGet, DerCode expected) in new[]
        {
            (MemoryAccess.RemoteRead, 0L, 10L, false, DerCode.NoPerm),
            (MemoryAccess.RemoteWrite, 0L, 10L, true, DerCode.NoPerm),
            (MemoryAccess.RemoteRead, client.LengthBytes - 5, 6L, true, DerCode.NoPerm),
            (MemoryAccess.RemoteRead, -1L, 6L, true, DerCode.NoPerm),
            (MemoryAccess.RemoteRead, long.MaxValue, 6L, true, DerCode.NoPerm),
            (MemoryAccess.RemoteRead | MemoryAccess.RemoteWrite, client.LengthBytes - 6, 6L, true, DerCode.Success),
            (MemoryAccess.RemoteRead | MemoryAccess.RemoteWrite, 5L, 0L, false, DerCode.Success),
        })
        {
            world.Service.Next = (request, bulk) => Move(request, bulk, offset, block, length, isGet);
            Assert.Equal(expected, world.Call(client, access));
            Assert.Equal(before, client.ToArray());
        }
    }

    // The server's own checks are passed by forging the handle: the owner of the memory refuses, on every provider.
    [Theory]
    [InlineData(WireKind.Direct)]
    [InlineData(WireKind.Cross)]
    [InlineData(WireKind.Sockets)]
    public void Handle_Forged_RefusedByTheOwnerOfTheMemory(WireKind wire)
    {
        using var world = new BulkWorld(wire);
        using var client = new Segments(new SeededRandom(1), 1, 5000);
        using var block = new NativeBlock(1 << 20);
        byte[] before = client.ToArray();
        (string What, Action<byte[]> Forge, bool IsGet)[] forgeries =
        [
            ("another key", h => h[26] ^= 0x10, true),
            ("a longer segment", h => { BitConverter.TryWriteBytes(h.AsSpan(8), 900_000L); BitConverter.TryWriteBytes(h.AsSpan(16), 900_000L); }, true),
            ("more access", h => h[4] = 3, false),
        ];
        foreach ((string what, Action<byte[]> forge, bool isGet) in forgeries)
        {
            world.Service.Forge = forge;
            world.Service.Next = (request, bulk) => Move(request, bulk, 0, block, bulk.LengthBytes, isGet);
            Assert.True(world.Call(client, MemoryAccess.RemoteRead) == DerCode.NoPerm, what);
            Assert.Equal(before, client.ToArray());
        }
    }

    // A handle that is used after its call has ended.
    [Theory]
    [InlineData(WireKind.Direct)]
    [InlineData(WireKind.Cross)]
    [InlineData(WireKind.Sockets)]
    public void Handle_OfACallThatEnded_Refused(WireKind wire)
    {
        using var world = new BulkWorld(wire);
        using var client = new Segments(new SeededRandom(1), 2, 5000);
        using var block = new NativeBlock(1 << 20);
        byte[] kept = [];
        world.Service.Forge = h => kept = [.. h];
        world.Service.Next = (request, bulk) => Move(request, bulk, 0, block, bulk.LengthBytes, true);
        Assert.Equal(DerCode.Success, world.Call(client, MemoryAccess.RemoteRead | MemoryAccess.RemoteWrite));
        byte[] before = client.ToArray();
        world.Service.Forge = null;
        world.Service.Next = (request, bulk) => Move(request, bulk, 0, block, bulk.LengthBytes, false);
        Assert.Equal(DerCode.NoPerm, world.CallWith(kept));
        Assert.Equal(before, client.ToArray());
    }

    [Theory]
    [InlineData(WireKind.Cross)]
    [InlineData(WireKind.Sockets)]
    public void Abort_InTheMiddle_CanceledAndNothingMovesAfterwards(WireKind wire)
    {
        int aborted = 0;
        for (int steps = 0; steps < 60; steps += 3)
        {
            using var world = new BulkWorld(wire, (ulong)steps + 1);
            using var client = new Segments(new SeededRandom(1), 16, 400_000);
            using var block = new NativeBlock(16 * 400_000);
            BulkTransfer transfer = default;
            world.Service.Next = (request, bulk) => transfer = Move(request, bulk, 0, block, bulk.LengthBytes, isGet: true);
            RpcWorld.Running call = world.Start(client, MemoryAccess.RemoteRead, out Func<DerCode> code);
            world.World.RunUntil(() => world.Service.Started, "the transfer");
            for (int i = 0; i < steps && !call.IsDone; i++)
            {
                world.World.World.Step();
            }

            world.World.World.On(world.World.ServerLoop, () => transfer.Abort());
            world.World.RunUntil(() => call.IsDone, "the end");
            call.Throw();
            block.Span.Fill(0x55);
            world.World.World.RunFor(50_000_000);
            Assert.False(block.Span.ContainsAnyExcept((byte)0x55));
            Assert.True(code() == DerCode.Canceled || code() == DerCode.Success, code().ToString());
            aborted += code() == DerCode.Canceled ? 1 : 0;
        }

        Assert.True(aborted > 0, "nothing was aborted in the middle");
    }

    [Fact]
    public void Holders_AreNamedUntilTheLastLetsGo()
    {
        using var world = new BulkWorld(WireKind.Cross);
        using var client = new Segments(new SeededRandom(1), 1, 64);
        world.World.Run(async () =>
        {
            BulkRegion region = client.Rent(world.Client, MemoryAccess.RemoteRead);
            RpcCall call = world.Client.RentCall();
            await call.AdmitAsync(world.World.Endpoint, SelfTestOpcodes.Echo);
            Assert.True(call.Expose(region).IsValid);
            Assert.Equal("Creator 1, Call 1", region.DescribeHolders());
            Assert.Equal("64 bytes: Creator 1, Call 1", world.Client.DescribeBulks());
            client.Free();
            Assert.True(region.IsInUse);
            Assert.Equal("Call 1", region.DescribeHolders());
            Assert.Equal(1, world.Client.BulksInUse);
            call.Free();
            Assert.Equal(0, world.Client.BulksInUse);
            Assert.Equal("", world.Client.DescribeBulks());
        });
    }

    [Fact]
    public void RandomHandles_100000_NeverReadPastTheirEnd()
    {
        var random = new SeededRandom(3);
        int good = 0;
        for (int i = 0; i < 100_000; i++)
        {
            byte[] bytes = new byte[16 + random.Next(120)];
            if (random.Chance(0.5))
            {
                random.Fill(bytes);
            }

            bytes[0] = (byte)random.Next(3);
            bytes[1] = 0;
            bytes[2] = (byte)random.Next(3);
            bytes[3] = 0;
            bytes[4] = (byte)random.Next(5);
            bytes[5] = (byte)random.Next(2);
            bytes[6] = bytes[7] = 0;
            if (bytes.Length >= 32 && bytes[0] == 1)
            {
                long length = 1 + random.Next(100);
                BitConverter.TryWriteBytes(bytes.AsSpan(8), length);
                BitConverter.TryWriteBytes(bytes.AsSpan(16), length);
                bytes[24] |= 1;
            }

            good += Read(bytes) ? 1 : 0;
        }

        Assert.InRange(good, 1, 60_000);
    }

    private static unsafe bool Read(byte[] bytes)
    {
        fixed (byte* address = bytes)
        {
            bool isGood = RemoteBulk.TryRead(address, bytes.Length, out RemoteBulk bulk);
            Assert.True(!isGood || bulk.SizeBytes <= bytes.Length);
            return isGood;
        }
    }

    private static unsafe BulkTransfer Move(RpcRequest request, RemoteBulk bulk, long offset, NativeBlock block, long length, bool isGet) =>
        isGet ? request.Get(bulk, offset, block.Address, length) : request.Put(bulk, offset, block.Address, length);
}
