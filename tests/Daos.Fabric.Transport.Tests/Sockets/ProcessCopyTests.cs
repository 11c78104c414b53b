using Daos.Fabric.Core.Faults;
using Daos.Fabric.Transport.Sockets;

namespace Daos.Fabric.Transport.Tests.Sockets;

/// <summary>Transfers over a unix socket that are copied from one process's memory to the other's; here both are this process.</summary>
public sealed unsafe class ProcessCopyTests
{
    private const int Length = 3 << 20;
    private const MemoryAccess Both = MemoryAccess.RemoteRead | MemoryAccess.RemoteWrite;

    [Theory]
    [InlineData("uring", Length)]
    [InlineData("epoll", Length - 7)]
    [InlineData("uring", 64 * 1024)]
    public void Transfer_OverAUnixSocket_IsCopiedByWhoGetsTheBytes(string kind, int length)
    {
        using var pair = new RealPair(kind, unix: true);
        using var remote = new NativeBlock(length);
        using var local = new NativeBlock(length);
        RemoteMemory memory = Open(pair, remote);
        MoveBothWays(pair, memory, remote, local);
        Assert.Equal((length, length), (pair.Server.Statistics.CopiedBytes, pair.Client.Statistics.CopiedBytes));
        Assert.True(remote.GuardsIntact && local.GuardsIntact);
    }

    [Theory]
    [InlineData("uring", false, true, false)]
    [InlineData("portable", true, true, false)]
    [InlineData("epoll", true, false, false)]
    [InlineData("epoll", true, true, true)]
    public void Transfer_WhereItMayNotBeCopied_TakesTheSocket(string kind, bool unix, bool processMemory, bool checksums)
    {
        using var pair = new RealPair(kind, unix, o => o with { BulkChecksums = checksums }, new SocketsProvider { UseProcessMemory = processMemory });
        AssertStreams(pair);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Transfer_OneSideDoesNotWantCopies_TakesTheSocket(bool server)
    {
        using var pair = new RealPair(
            "uring", unix: true, null, new SocketsProvider { UseProcessMemory = server }, serverProvider: new SocketsProvider { UseProcessMemory = !server });
        AssertStreams(pair);
    }

    [Fact]
    public void Transfer_TooShortToGain_TakesTheSocket()
    {
        using var pair = new RealPair("uring", unix: true);
        AssertStreams(pair, (64 * 1024) - 1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Kernel_RefusesInTheMiddle_TheSocketTakesOver(bool read)
    {
        var faults = new FaultRegistry(new SeededRandom(3));
        using var pair = new RealPair("uring", unix: true, o => o with { Faults = faults });
        using var remote = new NativeBlock(Length);
        using var local = new NativeBlock(Length);
        RemoteMemory memory = Open(pair, remote);
        faults.Arm(FaultPoint.ProcessMemoryRefused, skip: 3, timesMax: 1);
        Move(pair, read, memory, remote, local);
        Assert.False(((SocketConnection)(read ? pair.Far : pair.Near)).IsProcessReachable);
        long copied = pair.Server.Statistics.CopiedBytes + pair.Client.Statistics.CopiedBytes;
        Assert.InRange(copied, 1, Length - 1);
        Move(pair, read, memory, remote, local);
        Assert.Equal(copied, pair.Server.Statistics.CopiedBytes + pair.Client.Statistics.CopiedBytes);
    }

    [Fact]
    public void Deregister_WhileThePeerCopies_TheReadDoesNotCount()
    {
        using var pair = new RealPair("uring", unix: true);
        using var remote = new NativeBlock(Length);
        using var local = new NativeBlock(Length);
        remote.Span.Fill(1);
        RemoteMemory memory = Open(pair, remote);
        Task<DerCode> read = pair.Begin(pair.ServerLoop, () => pair.Far.ReadRemoteAsync(memory, 0, local.Address, Length));
        RunUntilItCopies(pair, local);
        pair.On(pair.ClientLoop, () => Assert.True(pair.Client.Deregister(pair.Near, memory, null)));
        pair.RunUntil(() => read.IsCompleted, "the read");
        Assert.Equal(DerCode.NoPerm, read.Result);
        Assert.True(pair.Near.IsOpen && pair.Far.IsOpen);
    }

    [Fact]
    public void Deregister_WhileAWriteIsFetched_NothingFurtherIsWritten()
    {
        using var pair = new RealPair("uring", unix: true);
        using var remote = new NativeBlock(Length);
        using var local = new NativeBlock(Length);
        local.Span.Fill(1);
        RemoteMemory memory = Open(pair, remote);
        Task<DerCode> write = pair.Begin(pair.ServerLoop, () => pair.Far.WriteRemoteAsync(memory, 0, local.Address, Length));
        RunUntilItCopies(pair, remote);
        pair.On(pair.ClientLoop, () => Assert.True(pair.Client.Deregister(pair.Near, memory, null)));
        remote.Span.Fill(7);
        pair.RunUntil(() => write.IsCompleted, "the write");
        Assert.Equal(DerCode.NoPerm, write.Result);
        Assert.False(remote.Span.ContainsAnyExcept((byte)7));
        Assert.True(pair.Near.IsOpen && pair.Far.IsOpen);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void Close_WhileItIsCopied_EndsTheTransfer(bool read, bool byInitiator)
    {
        using var pair = new RealPair("uring", unix: true);
        using var remote = new NativeBlock(Length);
        using var local = new NativeBlock(Length);
        (read ? remote : local).Span.Fill(1);
        RemoteMemory memory = Open(pair, remote);
        Task<DerCode> task = pair.Begin(pair.ServerLoop, () => Begin(pair, read, memory, local));
        RunUntilItCopies(pair, read ? local : remote);
        pair.On(byInitiator ? pair.ServerLoop : pair.ClientLoop, () => (byInitiator ? pair.Far : pair.Near).Close(DerCode.Canceled));
        pair.RunUntil(() => task.IsCompleted && pair.ClientHandler.Closed.Count == 1 && pair.ServerHandler.Closed.Count == 1, "the end");
        Assert.True(task.Result.IsError);
        NativeBlock fresh = read ? local : remote;
        fresh.Span.Fill(7);
        pair.Settle();
        Assert.False(fresh.Span.ContainsAnyExcept((byte)7));
    }

    [Fact]
    public void Transfers_MoreThanTheTableHolds_AllFinish()
    {
        using var pair = new RealPair("epoll", unix: true);
        using var remote = new NativeBlock(64 * 1024);
        using var local = new NativeBlock(64 * 1024);
        RemoteMemory memory = Open(pair, remote);
        var tasks = new List<Task<DerCode>>();
        for (int i = 0; i < 600; i++)
        {
            bool read = i % 2 == 0;
            tasks.Add(pair.Begin(pair.ServerLoop, () => Begin(pair, read, memory, local)));
        }

        pair.RunUntil(() => tasks.TrueForAll(t => t.IsCompleted), "all transfers");
        Assert.All(tasks, t => Assert.Equal(DerCode.Success, t.Result));
    }

    private static void AssertStreams(RealPair pair, int length = Length)
    {
        using var remote = new NativeBlock(length);
        using var local = new NativeBlock(length);
        RemoteMemory memory = Open(pair, remote);
        MoveBothWays(pair, memory, remote, local);
        Assert.Equal((0, 0), (pair.Server.Statistics.CopiedBytes, pair.Client.Statistics.CopiedBytes));
    }

    private static RemoteMemory Open(RealPair pair, NativeBlock remote)
    {
        pair.Connect();
        using OwnerThread.EnterScope scope = pair.ClientLoop.Enter();
        return pair.Client.Register(pair.Near, remote.Address, remote.LengthBytes, Both);
    }

    private static ValueTask<DerCode> Begin(RealPair pair, bool read, RemoteMemory memory, NativeBlock local) =>
        read ? pair.Far.ReadRemoteAsync(memory, 0, local.Address, local.LengthBytes) : pair.Far.WriteRemoteAsync(memory, 0, local.Address, local.LengthBytes);

    private static void MoveBothWays(RealPair pair, RemoteMemory memory, NativeBlock remote, NativeBlock local)
    {
        Move(pair, read: true, memory, remote, local);
        Move(pair, read: false, memory, remote, local);
    }

    private static void Move(RealPair pair, bool read, RemoteMemory memory, NativeBlock remote, NativeBlock local)
    {
        Pair.Pattern(read ? 1 : 2, local.LengthBytes).CopyTo((read ? remote : local).Span);
        Assert.Equal(DerCode.Success, pair.Wait(pair.ServerLoop, () => Begin(pair, read, memory, local)));
        Assert.True(local.Span.SequenceEqual(remote.Span));
    }

    // Until the first of many pieces is there.
    private static void RunUntilItCopies(RealPair pair, NativeBlock destination)
    {
        for (int turn = 0; turn < 10_000 && destination.Span[0] == 0; turn++)
        {
            (turn % 2 == 0 ? pair.ServerLoop : pair.ClientLoop).RunTurn(0);
        }

        Assert.Equal((1, 0), (destination.Span[0], destination.Span[^1]));
    }
}
