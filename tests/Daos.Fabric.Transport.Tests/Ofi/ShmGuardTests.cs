using Daos.Fabric.Transport.Ofi;
using Daos.Fabric.Transport.Ofi.Endpoints;

namespace Daos.Fabric.Transport.Tests.Ofi;

/// <summary>
/// A process that is killed may leave one of shm's locks held, and libfabric waits for it without end. The tests hold the lock in its place.
/// </summary>
[Collection("libfabric")]
public sealed unsafe class ShmGuardTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Lock_LeftByAKilledPeer_IsGivenBackAndEverythingEnds(bool isPeersOwn)
    {
        OfiPair.Require();
        using Reactor.Reactor reactor = ReactorFactory.Create();
        var loop = new OwnerLoop("survivor", reactor, new OwnerLoopOptions());
        var handler = new Recorder { Keep = false };
        var context = (OfiContext)new OfiProvider().CreateContext(loop, new TransportOptions { Random = new SeededRandom(3) }, handler);
        using OfiPeer peer = OfiPeer.Start("ofi+shm");
        TransportConnection connection = Connect(context, peer);
        OfiEndpoint endpoint = context.Endpoints[0];
        ShmCalls guarded = endpoint.Guarded!;
        Assert.True(guarded.CanUnlock, "this libfabric's shared memory has another form; its lock cannot be given back");

        using var shared = new HeldLock(isPeersOwn ? peer.Address.Rest : ShmEndpoints.NameOf(endpoint.Name)!);
        peer.KillAndWait();
        shared.Hold();
        using (loop.Enter())
        {
            connection.BeginMessage(64).Clear();
            connection.EndMessage(64);
        }

        // One of these turns waits inside libfabric until the guard comes.
        long until = loop.Clock.MonotonicNs + 10_000_000_000;
        while (handler.Closed.Count == 0)
        {
            Assert.True(loop.Clock.MonotonicNs < until, "the end was not told");
            loop.RunTurn(0);
        }

        Assert.Equal((connection, DerCode.Unreachable), handler.Closed[0]);
        Assert.Equal(1, guarded.Unlocked);
        using (loop.Enter())
        {
            context.Dispose();
        }
    }

    [Fact]
    public void Look_HolderMayLive_TheLockIsLeftAlone()
    {
        using var pair = new OfiPair("ofi+shm");
        pair.Connect();
        OfiEndpoint endpoint = pair.ServerOfi.Endpoints[0];
        using ShmRegionView view = ShmRegionView.TryOpen(endpoint.Name, Environment.ProcessId)!;
        var calls = new ShmCalls(view);
        using var shared = new HeldLock(ShmEndpoints.NameOf(endpoint.Name)!);
        shared.Hold();
        calls.Step();
        for (int i = 0; i < 100; i++)
        {
            ShmGuard.Look([calls]);
        }

        Assert.Equal(0, calls.Unlocked);
        shared.Release();
    }

    [Fact]
    public void Look_TheOwnerGoesOn_NothingIsSuspected()
    {
        using var pair = new OfiPair("ofi+shm");
        pair.Connect();
        OfiEndpoint endpoint = pair.ServerOfi.Endpoints[0];
        using ShmRegionView view = ShmRegionView.TryOpen(endpoint.Name, Environment.ProcessId)!;
        var calls = new ShmCalls(view);
        using OfiPeer dead = OfiPeer.Start("ofi+shm");
        calls.Add(this, dead.ProcessId, region: null);
        dead.KillAndWait();
        calls.Remove(this);
        using var shared = new HeldLock(ShmEndpoints.NameOf(endpoint.Name)!);
        shared.Hold();
        calls.Step();
        for (int i = 0; i < 100; i++)
        {
            calls.Step();
            calls.Step();
            ShmGuard.Look([calls]);
        }

        Assert.Equal(0, calls.Unlocked);
        shared.Release();
    }

    /// <summary>One owner thread may have two endpoints, or wait for the lock of another thread's that waits as well.</summary>
    [Fact]
    public void Look_AnotherEndpointsOwnerWaits_TheLockIsGivenBack()
    {
        using var pair = new OfiPair("ofi+shm");
        pair.Connect();
        OfiEndpoint endpoint = pair.ServerOfi.Endpoints[0];
        using ShmRegionView view = ShmRegionView.TryOpen(endpoint.Name, Environment.ProcessId)!;
        var left = new ShmCalls(view);
        var waiting = new ShmCalls(null);
        using OfiPeer dead = OfiPeer.Start("ofi+shm");
        left.Add(this, dead.ProcessId, region: null);
        dead.KillAndWait();
        using var shared = new HeldLock(ShmEndpoints.NameOf(endpoint.Name)!);
        shared.Hold();
        waiting.Step();
        for (int i = 0; i < 100; i++)
        {
            ShmGuard.Look([waiting, left]);
        }

        Assert.Equal(1, left.Unlocked);
        left.Remove(this);
    }

    [Theory]
    [InlineData("fi_ns://daos-test-nobody\0")]
    [InlineData("127.0.0.1")]
    public void TryOpen_NothingThatIsKnown_GivesNull(string address) =>
        Assert.Null(ShmRegionView.TryOpen(System.Text.Encoding.ASCII.GetBytes(address), Environment.ProcessId));

    private static TransportConnection Connect(OfiContext context, OfiPeer peer)
    {
        Task<DerResult<TransportConnection>> connect;
        using (context.Loop.Enter())
        {
            connect = context.ConnectAsync(peer.Address, context.Loop.Clock.MonotonicNs + 10_000_000_000).AsTask();
        }

        while (!connect.IsCompleted)
        {
            context.Loop.RunTurn(0);
        }

        DerResult<TransportConnection> result = connect.GetAwaiter().GetResult();
        Assert.True(result.IsSuccess, result.Code.ToString());
        return result.Value;
    }
}
