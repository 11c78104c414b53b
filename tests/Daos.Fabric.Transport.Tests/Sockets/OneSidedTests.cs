namespace Daos.Fabric.Transport.Tests.Sockets;

/// <summary>One-sided transfers whose every byte on the wire the test holds in its hand.</summary>
public sealed unsafe class OneSidedTests
{
    private const int Chunk = 64 * 1024;
    private const int LargeChunk = 256 * 1024;

    [Fact]
    public void Serve_LargeRead_MessagesPassBetweenChunks()
    {
        using var server = new ScriptedServer();
        using var memory = new NativeBlock(4 * 1024 * 1024);
        int socket = server.Connect();
        RemoteMemory remote = Register(server, memory, MemoryAccess.RemoteRead);
        server.Reactor.HoldSends = true;
        server.Feed(socket, Frames.ReadRequestFrame(5, remote.Key, 0, (ulong)memory.LengthBytes));
        Assert.True(server.Reactor.IsSending(socket));
        server.On(() =>
        {
            server.Handler.Accepted[0].BeginMessage(1)[0] = 7;
            server.Handler.Accepted[0].EndMessage(1);
        });
        server.Reactor.HoldSends = false;
        server.Run(200);
        var frames = server.Sent(socket);
        int at = frames.FindIndex(f => f.Kind == Frames.Message);
        Assert.Equal((memory.LengthBytes / LargeChunk) + 1, frames.Count);
        Assert.InRange(at, 1, 2);
        Assert.All(frames.Where(f => f.Kind == Frames.ReadData), f => Assert.Equal(LargeChunk + 16, f.Payload.Length));
    }

    [Fact]
    public void Serve_TwoReads_TakeTurnsAfterOneMebibyte()
    {
        using var server = new ScriptedServer();
        using var memory = new NativeBlock(8 * LargeChunk);
        int socket = server.Connect();
        RemoteMemory remote = Register(server, memory, MemoryAccess.RemoteRead);
        server.Feed(socket, [.. Frames.ReadRequestFrame(1, remote.Key, 0, 8 * LargeChunk), .. Frames.ReadRequestFrame(2, remote.Key, 0, 6 * LargeChunk)]);
        server.Run(200);
        var turns = ((uint Transfer, int Chunks)[])[(1, 4), (2, 4), (1, 4), (2, 2)];
        Assert.Equal(turns.SelectMany(t => Enumerable.Repeat(t.Transfer, t.Chunks)), server.Sent(socket).Select(f => f.Argument));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Deregister_WhileServedInTheKernel_IsSafeLaterAndTheChunkIsVoid(bool checksums)
    {
        using var server = new ScriptedServer(o => o with { BulkChecksums = checksums });
        using var memory = new NativeBlock(2 * Chunk);
        memory.Span.Fill(0x5A);
        int socket = server.Connect();
        RemoteMemory remote = Register(server, memory, MemoryAccess.RemoteRead);
        server.Reactor.HoldSends = true;
        server.Feed(socket, Frames.ReadRequestFrame(5, remote.Key, 0, (ulong)memory.LengthBytes));
        var safe = new Signal();
        server.On(() => Assert.False(server.Context.Deregister(server.Handler.Accepted[0], remote, safe)));
        Assert.False(safe.IsSet);
        server.Reactor.HoldSends = false;
        server.Run(20);
        Assert.True(safe.IsSet);
        var frames = server.Sent(socket);
        Assert.Equal(2, frames.Count);
        Assert.Equal((Frames.ReadData, DerCode.NoPerm.Value), (frames[0].Kind, (int)frames[0].Status));
        AssertEnd(frames[1], DerCode.NoPerm);
        Assert.True(server.Handler.Accepted[0].IsOpen);
    }

    [Fact]
    public void Deregister_AfterPartOfAChunkLeft_NothingFurtherIsRead()
    {
        using var server = new ScriptedServer();
        using var memory = new NativeBlock(Chunk);
        memory.Span.Fill(0x5A);
        int socket = server.Connect();
        RemoteMemory remote = Register(server, memory, MemoryAccess.RemoteRead);
        server.Reactor.HoldSends = true;
        server.Feed(socket, Frames.ReadRequestFrame(5, remote.Key, 0, (ulong)memory.LengthBytes));
        server.Reactor.ReleaseSend(socket, 32 + 1000);
        server.Run(2);
        Assert.True(server.Reactor.IsSending(socket));
        var safe = new Signal();
        server.On(() => Assert.False(server.Context.Deregister(server.Handler.Accepted[0], remote, safe)));
        server.Run(4);
        Assert.True(safe.IsSet);
        memory.Span.Fill(0x77);
        server.Reactor.HoldSends = false;
        server.Run(20);
        var frames = server.Sent(socket);
        Assert.Equal(2, frames.Count);
        AssertEnd(frames[1], DerCode.NoPerm);
        var frame = frames[0];
        Assert.Equal(DerCode.NoPerm.Value, (int)frame.Status);
        Assert.False(frame.Payload.AsSpan(16, 1000).ContainsAnyExcept((byte)0x5A));
        Assert.False(frame.Payload.AsSpan(1016).ContainsAnyExcept((byte)0));
    }

    [Fact]
    public void Deregister_BetweenChunks_TheReaderIsToldByAFrame()
    {
        using var server = new ScriptedServer();
        using var memory = new NativeBlock(16 * Chunk);
        int socket = server.Connect();
        RemoteMemory remote = Register(server, memory, MemoryAccess.RemoteRead);
        server.Reactor.HoldSends = true;
        server.Feed(socket, Frames.ReadRequestFrame(5, remote.Key, 0, (ulong)memory.LengthBytes));

        // One chunk is in the kernel; it leaves whole before the memory is revoked.
        server.Reactor.ReleaseSend(socket, int.MaxValue);
        server.On(() =>
        {
            Assert.True(server.Context.Deregister(server.Handler.Accepted[0], Register(server, memory, MemoryAccess.RemoteRead), null));
            server.Context.Deregister(server.Handler.Accepted[0], remote, null);
        });
        server.Reactor.HoldSends = false;
        server.Run(40);
        var frames = server.Sent(socket);
        Assert.True(frames.Count <= 4);
        AssertEnd(frames[^1], DerCode.NoPerm);
    }

    [Fact]
    public void Write_ComesInPieces_IsReceivedStraightIntoTheMemory()
    {
        using var server = new ScriptedServer();
        using var memory = new NativeBlock(Chunk + 100);
        int socket = server.Connect();
        RemoteMemory remote = Register(server, memory, MemoryAccess.RemoteWrite);
        byte[] data = Pair.Pattern(4, Chunk);
        byte[] frame = Frames.WriteChunkFrame(9, remote.Key, 50, Chunk, 0, data);
        server.Feed(socket, frame.AsSpan(0, 48 + 1001));
        Assert.Equal((nint)memory.Address + 50 + 1001, server.Reactor.ReceiveAddress(socket));
        server.Feed(socket, frame.AsSpan(48 + 1001));
        Assert.True(memory.Span.Slice(50, Chunk).SequenceEqual(data));
        Assert.False(memory.Span[..50].ContainsAnyExcept((byte)0));
        Assert.False(memory.Span[(50 + Chunk)..].ContainsAnyExcept((byte)0));
        var end = Assert.Single(server.Sent(socket));
        Assert.Equal((Frames.TransferEnd, 9u, 0), (end.Kind, end.Argument, BitConverter.ToInt32(end.Payload)));
    }

    [Fact]
    public void Deregister_WhileReceivingStraightIntoIt_IsSafeLaterAndTheWriteIsRefused()
    {
        using var server = new ScriptedServer();
        using var memory = new NativeBlock(Chunk);
        int socket = server.Connect();
        RemoteMemory remote = Register(server, memory, MemoryAccess.RemoteWrite);
        byte[] data = new byte[Chunk];
        data.AsSpan().Fill(0x5A);
        byte[] frame = Frames.WriteChunkFrame(9, remote.Key, 0, Chunk, 0, data);
        server.Feed(socket, frame.AsSpan(0, 48 + 1000));
        var safe = new Signal();
        server.On(() => Assert.False(server.Context.Deregister(server.Handler.Accepted[0], remote, safe)));
        server.Run(4);
        Assert.True(safe.IsSet);
        byte[] before = memory.Span.ToArray();
        server.Feed(socket, frame.AsSpan(48 + 1000));
        Assert.True(memory.Span.SequenceEqual(before));
        var end = Assert.Single(server.Sent(socket));
        Assert.Equal((Frames.TransferEnd, 9u, DerCode.NoPerm.Value), (end.Kind, end.Argument, BitConverter.ToInt32(end.Payload)));
        server.Feed(socket, Frames.Frame(Frames.Message, [1, 2, 3]));
        Assert.Equal([1, 2, 3], Assert.Single(server.Handler.Messages));
    }

    [Fact]
    public void Write_WithABadDataChecksum_ClosesWithCsum()
    {
        using var server = new ScriptedServer();
        using var memory = new NativeBlock(4096);
        int socket = server.Connect();
        RemoteMemory remote = Register(server, memory, MemoryAccess.RemoteWrite);
        byte[] frame = Frames.WriteChunkFrame(9, remote.Key, 0, 4096, 0, new byte[4096], Frames.FlagLast | Frames.FlagChecksum);
        frame[1000] ^= 1;
        server.Feed(socket, frame);
        Assert.Equal(DerCode.Checksum, server.Handler.Closed[0].Reason);
    }

    [Fact]
    public void ReadRemote_PeerClosesInTheMiddle_EndsWithUnreachAndMemoryIsFree()
    {
        using var server = new ScriptedServer();
        using var local = new NativeBlock(Chunk);
        int socket = server.Connect();
        Task<DerCode> read = Begin(server, c => c.ReadRemoteAsync(new RemoteMemory(1, Chunk, MemoryAccess.RemoteRead), 0, local.Address, Chunk));
        server.Run(2);
        var request = Assert.Single(server.Sent(socket));
        byte[] frame = Frames.ReadDataFrame(request.Argument, 0, new byte[Chunk]);
        server.Feed(socket, frame.AsSpan(0, 5000));
        server.Reactor.End(socket);
        server.Run(4);
        Assert.Equal(DerCode.Unreachable, read.Result);
    }

    [Fact]
    public void ReadRemote_PeerDeclaresTheDataVoid_EndsWithItsCode()
    {
        using var server = new ScriptedServer();
        using var local = new NativeBlock(64);
        int socket = server.Connect();
        Task<DerCode> read = Begin(server, c => c.ReadRemoteAsync(new RemoteMemory(1, 64, MemoryAccess.RemoteRead), 0, local.Address, 64));
        server.Run(2);
        uint transfer = server.Sent(socket)[0].Argument;
        server.Feed(socket, Frames.ReadDataFrame(transfer, 0, new byte[32], status: DerCode.NoPerm.Value));
        server.Feed(socket, Frames.ReadDataFrame(transfer, 32, new byte[32], status: DerCode.NoPerm.Value));
        Assert.False(read.IsCompleted);
        server.Feed(socket, Frames.TransferEndFrame(transfer, DerCode.NoPerm.Value));
        Assert.Equal(DerCode.NoPerm, read.Result);
        Assert.True(server.Handler.Accepted[0].IsOpen);
    }

    [Fact]
    public void WriteRemote_PeerRefuses_IsReported()
    {
        using var server = new ScriptedServer();
        using var local = new NativeBlock(64);
        int socket = server.Connect();
        Task<DerCode> write = Begin(server, c => c.WriteRemoteAsync(new RemoteMemory(1, 64, MemoryAccess.RemoteWrite), 0, local.Address, 64));
        server.Run(2);
        Assert.False(write.IsCompleted);
        server.Feed(socket, Frames.TransferEndFrame(server.Sent(socket)[0].Argument, DerCode.NoPerm.Value));
        Assert.Equal(DerCode.NoPerm, write.Result);
    }

    [Fact]
    public void WriteRemote_AnsweredBeforeItWasSent_KeepsTheSourceUntilSent()
    {
        using var server = new ScriptedServer();
        using var local = new NativeBlock(64);
        int socket = server.Connect();
        server.Reactor.HoldSends = true;
        Task<DerCode> write = Begin(server, c => c.WriteRemoteAsync(new RemoteMemory(1, 64, MemoryAccess.RemoteWrite), 0, local.Address, 64));
        server.Run(2);
        server.Feed(socket, Frames.TransferEndFrame(0, 0));
        Assert.False(write.IsCompleted);
        server.Reactor.HoldSends = false;
        server.Run(4);
        Assert.Equal(DerCode.Success, write.Result);
    }

    [Fact]
    public void Transfers_MoreThanTheTableHolds_WaitAndAllFinish()
    {
        using var server = new ScriptedServer();
        using var local = new NativeBlock(8);
        int socket = server.Connect();
        var tasks = new List<Task<DerCode>>();
        for (int i = 0; i < 600; i++)
        {
            tasks.Add(Begin(server, c => c.ReadRemoteAsync(new RemoteMemory(1, 8, MemoryAccess.RemoteRead), 0, local.Address, 8)));
        }

        server.Run(2);
        Assert.Equal(256, server.Sent(socket).Count);
        for (int answered = 0; answered < 600;)
        {
            var requests = server.Sent(socket);
            server.Reactor.SentOn(socket).Clear();
            foreach (var request in requests)
            {
                server.Feed(socket, Frames.ReadDataFrame(request.Argument, 0, new byte[8]));
                answered++;
            }
        }

        Assert.All(tasks, t => Assert.Equal(DerCode.Success, t.Result));
    }

    [Fact]
    public void Serve_MoreReadsThanAllowed_ClosesWithProto()
    {
        using var server = new ScriptedServer();
        using var memory = new NativeBlock(8);
        int socket = server.Connect();
        RemoteMemory remote = Register(server, memory, MemoryAccess.RemoteRead);
        server.Reactor.HoldSends = true;
        for (uint i = 0; i < 300; i++)
        {
            server.Feed(socket, Frames.ReadRequestFrame(i, remote.Key, 0, 8));
        }

        Assert.False(server.Handler.Accepted[0].IsOpen);
    }

    [Fact]
    public void ReadRemote_PeerFallsSilent_EndsWithUnreach()
    {
        using var server = new ScriptedServer();
        using var local = new NativeBlock(64);
        server.Connect();
        Task<DerCode> read = Begin(server, c => c.ReadRemoteAsync(new RemoteMemory(1, 64, MemoryAccess.RemoteRead), 0, local.Address, 64));
        for (int i = 0; i < 2; i++)
        {
            server.Reactor.Advance(10_500_000_000);
            server.Run();
            Assert.False(read.IsCompleted);
        }

        for (int i = 0; i < 2; i++)
        {
            server.Reactor.Advance(10_500_000_000);
            server.Run();
        }

        Assert.True(read.IsCompleted);
        Assert.Equal(DerCode.Unreachable, read.Result);
        Assert.Equal(DerCode.Unreachable, server.Handler.Closed[0].Reason);
    }

    private static void AssertEnd((byte Kind, byte Flags, uint Argument, byte[] Payload, uint Status) frame, DerCode code) =>
        Assert.Equal((Frames.TransferEnd, code.Value), (frame.Kind, BitConverter.ToInt32(frame.Payload)));

    private static RemoteMemory Register(ScriptedServer server, NativeBlock block, MemoryAccess access)
    {
        using OwnerThread.EnterScope scope = server.Loop.Enter();
        return server.Context.Register(server.Handler.Accepted[0], block.Address, block.LengthBytes, access);
    }

    private static Task<DerCode> Begin(ScriptedServer server, Func<TransportConnection, ValueTask<DerCode>> start)
    {
        using OwnerThread.EnterScope scope = server.Loop.Enter();
        return start(server.Handler.Accepted[0]).AsTask();
    }

    private sealed class Signal : WorkItem
    {
        internal bool IsSet { get; private set; }

        protected override void Execute() => IsSet = true;
    }
}
