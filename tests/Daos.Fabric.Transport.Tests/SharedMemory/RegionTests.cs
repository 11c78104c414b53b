using Daos.Fabric.Core.Faults;

namespace Daos.Fabric.Transport.Tests.SharedMemory;

/// <summary>One-sided transfers: shared regions, revoking while a peer copies, and what happens where the kernel refuses.</summary>
public sealed unsafe class RegionTests
{
    private const int Length = 1 << 20;

    [Fact]
    public void Region_ReadAndWrite_GoThroughTheMappingAndMoveExactlyThoseBytes()
    {
        using var pair = new SharedMemoryPair("uring", useProcessMemory: false);
        pair.Connect();
        using ShareableRegion region = ShareableRegion.TryCreate(8 * Length)!;
        pair.Provider.Share(region);
        using var local = new NativeBlock(Length);
        byte[] content = Pair.Pattern(1, Length);
        content.CopyTo(new Span<byte>(region.Address + 4096 + 3, Length));
        RemoteMemory memory = Register(pair, region.Address + 4096, Length + 3);
        Assert.Equal(DerCode.Success, pair.Wait(pair.ServerLoop, () => pair.Far.ReadRemoteAsync(memory, 3, local.Address, Length)));
        Assert.True(local.Span.SequenceEqual(content));
        Assert.Equal(1, pair.FarEnd.MappedRegionCount);

        Pair.Pattern(2, Length).CopyTo(local.Span);
        Assert.Equal(DerCode.Success, pair.Wait(pair.ServerLoop, () => pair.Far.WriteRemoteAsync(memory, 3, local.Address, Length)));
        Assert.True(local.Span.SequenceEqual(new Span<byte>(region.Address + 4096 + 3, Length)));
        Assert.False(new Span<byte>(region.Address, 4096 + 3).ContainsAnyExcept((byte)0));
        Assert.Equal(0, region.Address[4096 + 3 + Length]);
        Assert.True(local.GuardsIntact);
        Assert.Equal(1, pair.FarEnd.MappedRegionCount);
        pair.Provider.Unshare(region);
    }

    [Fact]
    public void Regions_MoreThanAPeerMaps_TheOldestGiveWay()
    {
        using var pair = new SharedMemoryPair("epoll", useProcessMemory: false);
        pair.Connect();
        using var local = new NativeBlock(64);
        var regions = new List<ShareableRegion>();
        for (int i = 0; i < 40; i++)
        {
            ShareableRegion region = ShareableRegion.TryCreate(4096)!;
            regions.Add(region);
            pair.Provider.Share(region);
            region.Address[7] = (byte)i;
            RemoteMemory memory = Register(pair, region.Address, 64);
            Assert.Equal(DerCode.Success, pair.Wait(pair.ServerLoop, () => pair.Far.ReadRemoteAsync(memory, 0, local.Address, 64)));
            Assert.Equal(i, local.Address[7]);
            Assert.InRange(pair.FarEnd.MappedRegionCount, 1, 17);
        }

        // The first one was given up long ago: it is sent again.
        RemoteMemory first = Register(pair, regions[0].Address, 64);
        Assert.Equal(DerCode.Success, pair.Wait(pair.ServerLoop, () => pair.Far.ReadRemoteAsync(first, 0, local.Address, 64)));
        Assert.Equal(0, local.Address[7]);
        regions.ForEach(pair.Provider.Unshare);
        regions.ForEach(r => r.Dispose());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Deregister_WhileThePeerCopies_WaitsForThePeer(bool shared)
    {
        using var pair = new SharedMemoryPair("uring");
        pair.Connect();
        Assert.True(pair.FarEnd.IsProcessReachable, "this machine lets a process reach its own memory");
        using ShareableRegion region = ShareableRegion.TryCreate(Length)!;
        if (shared)
        {
            pair.Provider.Share(region);
        }

        using var local = new NativeBlock(Length);
        new Span<byte>(region.Address, Length).Fill(1);
        RemoteMemory memory = Register(pair, region.Address, Length);
        Task<DerCode> read = pair.Begin(pair.ServerLoop, () => pair.Far.ReadRemoteAsync(memory, 0, local.Address, Length));

        RunUntilItCopies(pair, local, read);
        var safe = new Flag();
        pair.On(pair.ClientLoop, () => Assert.False(pair.Client.Deregister(pair.Near, memory, safe)));
        for (int i = 0; i < 5; i++)
        {
            pair.ClientLoop.RunTurn(0);
        }

        Assert.False(safe.IsSet, "the peer has not confirmed");
        pair.ServerLoop.RunTurn(0);
        Assert.Equal(DerCode.NoPerm, read.Result);
        pair.RunUntil(() => safe.IsSet);

        // From here on nothing is read any more: what comes later stays out.
        new Span<byte>(region.Address, Length).Fill(2);
        pair.Settle();
        Assert.False(local.Span.Contains((byte)2));
        pair.Provider.Unshare(region);
    }

    [Fact]
    public void Close_WhileThePeerCopies_EndsWhenThePeerConfirmed()
    {
        using var pair = new SharedMemoryPair("uring");
        pair.Connect();
        using var remote = new NativeBlock(Length);
        using var local = new NativeBlock(Length);
        remote.Span.Fill(1);
        RemoteMemory memory = Register(pair, remote.Address, Length);
        Task<DerCode> read = pair.Begin(pair.ServerLoop, () => pair.Far.ReadRemoteAsync(memory, 0, local.Address, Length));
        RunUntilItCopies(pair, local, read);
        pair.On(pair.ClientLoop, () => pair.Near.Close(DerCode.Canceled));
        for (int i = 0; i < 20; i++)
        {
            pair.ClientLoop.RunTurn(0);
        }

        Assert.Empty(pair.ClientHandler.Closed);
        pair.RunUntil(() => pair.ClientHandler.Closed.Count == 1 && pair.ServerHandler.Closed.Count == 1);
        Assert.Equal(DerCode.Unreachable, read.Result);
    }

    [Fact]
    public void ProcessMemory_RefusedInTheMiddle_TheRingTakesOverAndItIsSaidOnce()
    {
        var faults = new FaultRegistry(new SeededRandom(3));
        using var pair = new SharedMemoryPair("uring", o => o with { Faults = faults });
        pair.Connect();
        using var remote = new NativeBlock(Length);
        using var local = new NativeBlock(Length);
        Pair.Pattern(1, Length).CopyTo(remote.Span);
        RemoteMemory memory = Register(pair, remote.Address, Length);
        faults.Arm(FaultPoint.ProcessMemoryRefused, skip: 3, timesMax: 1);
        Assert.Equal(DerCode.Success, pair.Wait(pair.ServerLoop, () => pair.Far.ReadRemoteAsync(memory, 0, local.Address, Length)));
        Assert.True(local.Span.SequenceEqual(remote.Span));
        Assert.False(pair.FarEnd.IsProcessReachable);
        Pair.Pattern(2, Length).CopyTo(local.Span);
        Assert.Equal(DerCode.Success, pair.Wait(pair.ServerLoop, () => pair.Far.WriteRemoteAsync(memory, 0, local.Address, Length)));
        Assert.True(local.Span.SequenceEqual(remote.Span));
        Assert.Single(pair.Notices);
    }

    [Fact]
    public void ProcessMemory_RefusedWhileAGrantIsOnItsWay_TheRingTakesBoth()
    {
        var faults = new FaultRegistry(new SeededRandom(3));
        using var pair = new SharedMemoryPair("uring", o => o with { Faults = faults });
        pair.Connect();
        using var remote = new NativeBlock(Length);
        using var first = new NativeBlock(Length);
        using var second = new NativeBlock(Length);
        Pair.Pattern(1, Length).CopyTo(remote.Span);
        RemoteMemory memory = Register(pair, remote.Address, Length);
        Task<DerCode> one = pair.Begin(pair.ServerLoop, () => pair.Far.ReadRemoteAsync(memory, 0, first.Address, Length));
        for (int turn = 0; turn < 1000 && first.Span[0] == 0; turn++)
        {
            (turn % 2 == 0 ? pair.ServerLoop : pair.ClientLoop).RunTurn(0);
        }

        Assert.False(one.IsCompleted);
        Task<DerCode> two = pair.Begin(pair.ServerLoop, () => pair.Far.ReadRemoteAsync(memory, 0, second.Address, Length));
        faults.Arm(FaultPoint.ProcessMemoryRefused, timesMax: 1);
        for (int turn = 0; turn < 1000 && pair.FarEnd.IsProcessReachable; turn++)
        {
            pair.ServerLoop.RunTurn(0);
        }

        Assert.False(pair.FarEnd.IsProcessReachable);
        pair.RunUntil(() => one.IsCompleted && two.IsCompleted, "both reads");
        Assert.Equal((DerCode.Success, DerCode.Success), (one.Result, two.Result));
        Assert.True(first.Span.SequenceEqual(remote.Span) && second.Span.SequenceEqual(remote.Span));
        Assert.Empty(pair.ServerHandler.Closed);
    }

    // Until the first of many steps is done.
    private static void RunUntilItCopies(SharedMemoryPair pair, NativeBlock local, Task<DerCode> read)
    {
        for (int turn = 0; turn < 1000 && local.Span[0] == 0; turn++)
        {
            (turn % 2 == 0 ? pair.ServerLoop : pair.ClientLoop).RunTurn(0);
        }

        Assert.Equal(1, local.Span[0]);
        Assert.False(read.IsCompleted);
    }

    private static RemoteMemory Register(SharedMemoryPair pair, byte* address, long lengthBytes)
    {
        using OwnerThread.EnterScope scope = pair.ClientLoop.Enter();
        return pair.Client.Register(pair.Near, address, lengthBytes, MemoryAccess.RemoteRead | MemoryAccess.RemoteWrite);
    }

    private sealed class Flag : WorkItem
    {
        public bool IsSet { get; private set; }

        protected override void Execute() => IsSet = true;
    }
}
