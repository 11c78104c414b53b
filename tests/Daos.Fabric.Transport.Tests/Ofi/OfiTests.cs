using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Transport.Ofi;
using Daos.Fabric.Transport.Ofi.Endpoints;
using Daos.Fabric.Transport.Ofi.Native;

namespace Daos.Fabric.Transport.Tests.Ofi;

/// <summary>What the contract does not say: leases, silence, refused hellos, local registrations.</summary>
[Collection("libfabric")]
public sealed unsafe class OfiTests
{
    public static TheoryData<string> Schemes => ["ofi+tcp;ofi_rxm", "ofi+shm"];

    [Theory]
    [InlineData("ofi+tcp;ofi_rxm://127.0.0.1:1000", true)]
    [InlineData("ofi+tcp;ofi_rxm://localhost:1000", true)]
    [InlineData("ofi+verbs;ofi_rxm://[::1]:1000", true)]
    [InlineData("ofi+shm://engine-0.1", true)]
    [InlineData("ofi+tcp;ofi_rxm://name:1000", false)]
    [InlineData("ofi+tcp;ofi_rxm://127.0.0.1", false)]
    [InlineData("ofi+shm://../etc", false)]
    [InlineData("tcp://127.0.0.1:1000", false)]
    public void TryParse_Address_IsReadOrRefused(string uri, bool expected) =>
        Assert.Equal(expected, OfiAddress.TryParse(TransportUri.Parse(uri)) is not null);

    [Theory]
    [InlineData("libfabric-of-nobody.so.1", "which is not installed here")]
    [InlineData("libc.so.6", "lacks functions of libfabric")]
    public void Load_LibraryMissingOrAnother_OneSentenceSaysWhy(string name, string expected)
    {
        (LibFabric? library, string reason) = LibFabric.Load(name);
        Assert.Null(library);
        Assert.Contains(expected, reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fi_ns://daos-7-1-00ff\0", 7, "/dev/shm/daos-7-1-00ff")]
    [InlineData("fi_ns://daos-7-1-00ff\0", 8, null)]
    [InlineData("fi_ns://engine\0", 7, null)]
    [InlineData("fi_ns://daos-7-/../../etc/passwd\0", 7, null)]
    [InlineData("127.0.0.1", 7, null)]
    public void FileOf_WhatAPeerCallsItself_IsRemovedOnlyWhenItIsADiallersOwn(string address, int processId, string? expected) =>
        Assert.Equal(expected, ShmEndpoints.FileOf(System.Text.Encoding.ASCII.GetBytes(address), processId));

    [Fact]
    public void Listen_AddressInUseOrForeign_GivesACode()
    {
        using var pair = new OfiPair("ofi+tcp;ofi_rxm");
        Assert.False(pair.Client.Listen(TransportUri.Parse("ofi+tcp;ofi_rxm://192.0.2.200:1")).IsSuccess);
        Assert.Equal(DerCode.Invalid, pair.Client.Listen(TransportUri.Parse("tcp://127.0.0.1:0")).Code);
        Assert.Equal(DerCode.NoSys, pair.Client.Listen(TransportUri.Parse("ofi+verbs;ofi_rxm://127.0.0.1:0")).Code);
    }

    [Theory]
    [MemberData(nameof(Schemes))]
    public void Connect_NobodyThere_FailsAtTheDeadline(string scheme)
    {
        using var pair = new OfiPair(scheme);
        string nobody = scheme == "ofi+shm" ? "ofi+shm://daos-test-nobody" : $"{scheme}://127.0.0.1:9";
        DerResult<TransportConnection> result = pair.Wait(
            pair.ClientLoop, () => pair.Client.ConnectAsync(TransportUri.Parse(nobody), pair.ClientLoop.Clock.MonotonicNs + 300_000_000));
        Assert.True(result.Code == DerCode.Unreachable || result.Code == DerCode.TimedOut, result.Code.ToString());
    }

    [Theory]
    [MemberData(nameof(Schemes))]
    public void Connect_ServerIsFull_IsToldSo(string scheme)
    {
        using var pair = new OfiPair(scheme, o => o with { ConnectionsMax = 1 });
        pair.Connect();
        using var second = new OfiPair(scheme);
        DerResult<TransportConnection> result = default;
        Task<DerResult<TransportConnection>> connect = second.Begin(
            second.ClientLoop, () => second.Client.ConnectAsync(pair.Address, second.ClientLoop.Clock.MonotonicNs + 5_000_000_000));
        second.RunUntil(
            () =>
            {
                pair.Turn();
                return connect.IsCompleted;
            },
            "the refusal");
        result = connect.GetAwaiter().GetResult();
        Assert.Equal(DerCode.Busy, result.Code);
    }

    [Theory]
    [MemberData(nameof(Schemes))]
    public void Deregister_WhileLeased_IsSafeOnceThePeerGaveItBack(string scheme)
    {
        using Pair pair = new OfiPair(scheme).Connect();
        using var remote = new NativeBlock(1 << 20);
        using var local = new NativeBlock(1 << 20);
        RemoteMemory memory = Register(pair, remote);
        Assert.Equal(DerCode.Success, pair.Wait(pair.ServerLoop, () => pair.Far.ReadRemoteAsync(memory, 0, local.Address, 100)));

        var safe = new Flag();
        bool free = true;
        pair.On(pair.ClientLoop, () => free = pair.Client.Deregister(pair.Near, memory, safe));
        Assert.False(free);
        pair.RunUntil(() => safe.IsRaised, "the lease's return");
        Assert.Equal(DerCode.NoPerm, pair.Wait(pair.ServerLoop, () => pair.Far.ReadRemoteAsync(memory, 0, local.Address, 100)));
        pair.Settle();
        Assert.Equal("", pair.DescribeHeld());
    }

    [Theory]
    [MemberData(nameof(Schemes))]
    public void Message_AfterATransfer_GivesTheLeaseBack(string scheme)
    {
        using Pair pair = new OfiPair(scheme).Connect();
        using var remote = new NativeBlock(4096);
        using var local = new NativeBlock(4096);
        RemoteMemory memory = Register(pair, remote);
        Assert.Equal(DerCode.Success, pair.Wait(pair.ServerLoop, () => pair.Far.WriteRemoteAsync(memory, 0, local.Address, 4096)));
        pair.Send(pair.Far, [1]);
        pair.RunUntil(() => pair.ClientHandler.MessageCount == 1);
        pair.On(pair.ClientLoop, () => Assert.True(pair.Client.Deregister(pair.Near, memory, null)));
    }

    [Theory]
    [MemberData(nameof(Schemes))]
    public void Deregister_DuringATransfer_WaitsForItsEnd(string scheme)
    {
        using Pair pair = new OfiPair(scheme).Connect();
        const int Length = 64 << 20;
        using var remote = new NativeBlock(Length);
        using var local = new NativeBlock(Length);
        RemoteMemory memory = Register(pair, remote);
        Task<DerCode> read = pair.Begin(pair.ServerLoop, () => pair.Far.ReadRemoteAsync(memory, 0, local.Address, Length));
        pair.RunUntil(() => ((OfiContext)pair.Client).DescribeHeld().Length == 0 && ((Transport.Ofi.Connections.OfiConnection)pair.Near).Served.RegionCount == 1);
        var safe = new Flag();
        pair.On(pair.ClientLoop, () => Assert.False(pair.Client.Deregister(pair.Near, memory, safe)));
        Assert.False(safe.IsRaised);
        pair.RunUntil(() => safe.IsRaised, "the lease's return");
        Assert.True(read.IsCompleted);
        pair.Settle();
        Assert.Equal("", pair.DescribeHeld());
    }

    [Theory]
    [MemberData(nameof(Schemes))]
    public void Silence_BeyondTheLimit_EndsEverythingPending(string scheme)
    {
        using var pair = new OfiPair(scheme, o => o with { KeepaliveNs = 70_000_000 });
        pair.Connect();
        using var remote = new NativeBlock(4096);
        using var local = new NativeBlock(4096);
        RemoteMemory memory = Register(pair, remote);
        Task<DerCode> read = pair.Begin(pair.ServerLoop, () => pair.Far.ReadRemoteAsync(memory, 0, local.Address, 4096));

        // The client does not turn any more: its process lives and is silent.
        var watch = System.Diagnostics.Stopwatch.StartNew();
        while (pair.ServerHandler.Closed.Count == 0 && watch.ElapsedMilliseconds < 10_000)
        {
            pair.ServerLoop.RunTurn(0);
        }

        Assert.Equal([(pair.Far, DerCode.Unreachable)], pair.ServerHandler.Closed);
        Assert.Equal(DerCode.Unreachable, read.GetAwaiter().GetResult());
        Assert.Equal("", pair.ServerOfi.DescribeHeld());
    }

    [Theory]
    [MemberData(nameof(Schemes))]
    public void Idle_LongerThanTheSilenceLimit_PingsKeepItOpen(string scheme)
    {
        using var pair = new OfiPair(scheme, o => o with { KeepaliveNs = 100_000_000 });
        pair.Connect();
        long until = pair.ClientLoop.Clock.MonotonicNs + 1_000_000_000;
        pair.RunUntil(() => pair.ClientLoop.Clock.MonotonicNs > until, "a second");
        Assert.True(pair.Near.IsOpen && pair.Far.IsOpen);
    }

    [Theory]
    [MemberData(nameof(Schemes))]
    public void Sleep_MessageForALoopThatBlocks_WakesIt(string scheme)
    {
        using Pair pair = new OfiPair(scheme).Connect();
        for (int i = 0; i < 20; i++)
        {
            int sent = i + 1;
            pair.Send(pair.Near, [1]);
            pair.ClientLoop.RunTurn(0);
            var watch = System.Diagnostics.Stopwatch.StartNew();
            while (pair.ServerHandler.MessageCount < sent)
            {
                pair.ServerLoop.RunTurn(2_000_000_000);
                pair.ClientLoop.RunTurn(0);
                Assert.True(watch.ElapsedMilliseconds < 1000, "the loop slept through a message");
            }
        }
    }

    [Fact]
    public void Retain_AllMemoryForLongMessages_LaterOnesWaitUntilSomeIsReleased()
    {
        using var pair = new OfiPair("ofi+shm");
        pair.Connect();
        var held = new Queue<MessageSegment>();
        pair.ServerHandler.OnEach = (TransportConnection _, in InboundMessage m) => held.Enqueue(m.Retain());
        const int Count = Transport.Ofi.Limits.Assemblies + 40;
        for (int i = 0; i < Count; i++)
        {
            pair.Send(pair.Near, Pair.Pattern(i, 10_000));
            pair.Turn();
        }

        pair.RunUntil(() => pair.ServerHandler.Messages.Count == Transport.Ofi.Limits.Assemblies, "as many as can be held");
        for (int i = 0; i < 1000; i++)
        {
            pair.Turn();
        }

        Assert.Equal(Transport.Ofi.Limits.Assemblies, pair.ServerHandler.Messages.Count);
        Assert.True(pair.Server.Statistics.Starved > 0);
        for (int i = 0; i < Count; i++)
        {
            pair.RunUntil(() => held.Count > 0, "another message");
            pair.On(pair.ServerLoop, () => held.Dequeue().Release());
        }

        Assert.Equal(Enumerable.Range(0, Count).Select(i => Pair.Pattern(i, 10_000)), pair.ServerHandler.Messages);
        pair.Settle();
        Assert.Equal("", pair.DescribeHeld());
    }

    [Fact]
    public void Registrations_OfSlabs_AreKeptUntilTheSlabIsFreed()
    {
        using var pair = new OfiPair("ofi+tcp;ofi_rxm", null, new OfiOptions { RegisterLocalMemory = true });
        pair.Connect();
        using var remote = new NativeBlock(4096);
        RemoteMemory memory = Register(pair, remote);
        var slab = new NativeSlab(1 << 20);
        pair.On(pair.ServerLoop, () => pair.Server.UseSlab(slab));
        OfiEndpoint endpoint = pair.ServerOfi.Endpoints[0];
        for (int i = 0; i < 10; i++)
        {
            Assert.Equal(DerCode.Success, pair.Wait(pair.ServerLoop, () => pair.Far.ReadRemoteAsync(memory, 0, slab.Address, 4096)));
        }

        Assert.Equal((1, 1L), (endpoint.Registrations.Count, endpoint.Registrations.Registered));
        pair.On(pair.ServerLoop, slab.Dispose);
        Assert.Equal(0, endpoint.Registrations.Count);
        Assert.Equal("", pair.DescribeHeld());
    }

    [Fact]
    public void Registrations_MoreSlabsThanRoom_TheOldestGoes()
    {
        using var pair = new OfiPair("ofi+tcp;ofi_rxm", null, new OfiOptions { RegisterLocalMemory = true });
        pair.Connect();
        using var remote = new NativeBlock(4096);
        RemoteMemory memory = Register(pair, remote);
        var slabs = new List<NativeSlab>();
        for (int i = 0; i < Transport.Ofi.Limits.CachedRegistrations + 1; i++)
        {
            var slab = new NativeSlab(4096);
            slabs.Add(slab);
            pair.On(pair.ServerLoop, () => pair.Server.UseSlab(slab));
            Assert.Equal(DerCode.Success, pair.Wait(pair.ServerLoop, () => pair.Far.ReadRemoteAsync(memory, 0, slab.Address, 4096)));
        }

        OfiEndpoint endpoint = pair.ServerOfi.Endpoints[0];
        Assert.Equal(Transport.Ofi.Limits.CachedRegistrations, endpoint.Registrations.Count);
        pair.On(pair.ServerLoop, () => slabs.ForEach(s => s.Dispose()));
        Assert.Equal(0, endpoint.Registrations.Count);
    }

    private static RemoteMemory Register(Pair pair, NativeBlock block)
    {
        using OwnerThread.EnterScope scope = pair.ClientLoop.Enter();
        return pair.Client.Register(pair.Near, block.Address, block.LengthBytes, MemoryAccess.RemoteRead | MemoryAccess.RemoteWrite);
    }

    private sealed class Flag : WorkItem
    {
        internal bool IsRaised { get; private set; }

        protected override void Execute() => IsRaised = true;
    }
}
