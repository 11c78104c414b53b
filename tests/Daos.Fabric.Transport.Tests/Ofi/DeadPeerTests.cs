using Daos.Fabric.Transport.Ofi;
using Daos.Fabric.Transport.Ofi.Endpoints;

namespace Daos.Fabric.Transport.Tests.Ofi;

/// <summary>Peers that are dead before they answered, and what the dead had sent.</summary>
[Collection("libfabric")]
public sealed unsafe class DeadPeerTests
{
    private const int BlockBytes = 1 << 20;
    private const int Blocks = 4;
    private const byte Idle = 0x77;
    private const long EndsWithinNs = 2_000_000_000;
    private const long FarNs = 30_000_000_000;

    [Fact]
    public void Connect_ToTheNameOfAKilledProcess_EndsAtOnce()
    {
        using var survivor = new Survivor();
        using OfiPeer peer = OfiPeer.Start("ofi+shm");
        peer.KillAndWait();
        long begunNs = survivor.Loop.Clock.MonotonicNs;
        Assert.Equal(DerCode.Unreachable, survivor.Connect(peer, FarNs).Code);
        Assert.InRange(survivor.Loop.Clock.MonotonicNs - begunNs, 0, EndsWithinNs);
    }

    /// <summary>Over shm, where a name tells whose it is; elsewhere the deadline ends such a connect.</summary>
    [Fact]
    public void Kill_BeforeTheHelloIsAnswered_EndsTheConnect()
    {
        using var survivor = new Survivor();
        using OfiPeer peer = OfiPeer.Start("ofi+shm");
        peer.Stop();
        Task<DerResult<TransportConnection>> connect = survivor.BeginConnect(peer, FarNs);
        survivor.Turn(100);
        Assert.False(connect.IsCompleted);
        peer.KillAndWait();
        long begunNs = survivor.Loop.Clock.MonotonicNs;
        survivor.RunUntil(() => connect.IsCompleted, "the end of the connect");
        Assert.Equal(DerCode.Unreachable, connect.GetAwaiter().GetResult().Code);
        Assert.InRange(survivor.Loop.Clock.MonotonicNs - begunNs, 0, EndsWithinNs);
    }

    /// <summary>The very first packet to a peer already needs its lock, which it may leave held before it ever answered.</summary>
    [Fact]
    public void Kill_InsideTheLockBeforeTheHello_TheLockIsGivenBack()
    {
        using var survivor = new Survivor();
        using OfiPeer other = OfiPeer.Start("ofi+shm");
        Assert.True(survivor.Connect(other, FarNs).IsSuccess);
        ShmCalls guarded = survivor.Context.Endpoints[0].Guarded!;
        using OfiPeer peer = OfiPeer.Start("ofi+shm");
        peer.Stop();
        using var shared = new HeldLock(peer.Address.Rest);
        shared.Hold();
        Task killer = Task.Run(() => KillOnceInside(guarded, peer));
        Assert.Equal(DerCode.Unreachable, survivor.Connect(peer, FarNs).Code);
        Assert.True(killer.IsCompletedSuccessfully);
        Assert.Equal(1, guarded.Unlocked);
    }

    /// <summary>
    /// The kernel still delivers what a process had sent before it was killed: a read of ours that the kill ended must not go on changing
    /// memory that its owner has back.
    /// </summary>
    [Fact]
    public void Kill_WhileBytesAreOnTheirWay_NoMemoryChangesOnceItsTransferHasEnded()
    {
        using var survivor = new Survivor();
        for (int i = 0; i < 8; i++)
        {
            using OfiPeer peer = OfiPeer.Start("ofi+tcp;ofi_rxm");
            using var memory = new NativeBlock(Blocks * BlockBytes);
            memory.Span.Fill(Idle);
            List<Task<DerCode>> reads = survivor.BeginReads(peer, memory);
            survivor.RunUntil(() => memory.Span.ContainsAnyExcept(Idle), "the first byte");
            peer.KillAndWait();
            survivor.RunUntil(() => reads.TrueForAll(r => r.IsCompleted), "the end of the transfers");
            Assert.All(reads, r => Assert.True(r.Result.IsSuccess || r.Result == DerCode.Unreachable, r.Result.ToString()));
            byte[] before = memory.Span.ToArray();
            survivor.Turn(500);
            Assert.True(memory.Span.SequenceEqual(before), $"memory changed after its transfers had ended, kill {i}");
            Assert.Equal("", survivor.Context.DescribeHeld());
        }
    }

    // The owner is in one and the same call for so many looks: it waits for the lock.
    private static void KillOnceInside(ShmCalls guarded, OfiPeer peer)
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        long seen = guarded.Steps;
        while ((seen & 1) == 0 || watch.ElapsedMilliseconds < 300)
        {
            if (guarded.Steps != seen)
            {
                seen = guarded.Steps;
                watch.Restart();
            }
        }

        peer.Kill();
    }

    private sealed class Survivor : IDisposable
    {
        private readonly Reactor.Reactor _reactor;
        private readonly Recorder _handler = new();
        private TransportConnection _connection = null!;

        internal Survivor()
        {
            OfiPair.Require();
            _reactor = ReactorFactory.Create();
            Loop = new OwnerLoop("survivor", _reactor, new OwnerLoopOptions());
            Context = (OfiContext)new OfiProvider().CreateContext(Loop, new TransportOptions { Random = new SeededRandom(3) }, _handler);
        }

        internal OwnerLoop Loop { get; }

        internal OfiContext Context { get; }

        internal Task<DerResult<TransportConnection>> BeginConnect(OfiPeer peer, long withinNs)
        {
            using OwnerThread.EnterScope scope = Loop.Enter();
            return Context.ConnectAsync(peer.Address, Loop.Clock.MonotonicNs + withinNs).AsTask();
        }

        internal DerResult<TransportConnection> Connect(OfiPeer peer, long withinNs)
        {
            Task<DerResult<TransportConnection>> connect = BeginConnect(peer, withinNs);
            RunUntil(() => connect.IsCompleted, "the connection");
            return connect.GetAwaiter().GetResult();
        }

        /// <summary>Reads the peer's memory, all of it into each block.</summary>
        internal List<Task<DerCode>> BeginReads(OfiPeer peer, NativeBlock memory)
        {
            _connection = Connect(peer, FarNs).Value;
            _handler.Messages.Clear();
            using (Loop.Enter())
            {
                _connection.BeginMessage(1)[0] = (byte)'M';
                _connection.EndMessage(1);
            }

            RunUntil(() => _handler.Messages.Count == 1, "the peer's memory");
            RemoteMemory remote = RemoteMemory.Read(_handler.Messages[0]);
            using OwnerThread.EnterScope scope = Loop.Enter();
            var reads = new List<Task<DerCode>>();
            for (int i = 0; i < Blocks; i++)
            {
                reads.Add(_connection.ReadRemoteAsync(remote, 0, memory.Address + (i * BlockBytes), BlockBytes).AsTask());
            }

            return reads;
        }

        internal void Turn(int turns)
        {
            for (int i = 0; i < turns; i++)
            {
                Loop.RunTurn(0);
            }
        }

        internal void RunUntil(Func<bool> condition, string what)
        {
            long until = Loop.Clock.MonotonicNs + (2 * FarNs);
            while (!condition())
            {
                Assert.True(Loop.Clock.MonotonicNs < until, $"{what} did not come");
                Loop.RunTurn(0);
            }
        }

        public void Dispose()
        {
            using OwnerThread.EnterScope scope = Loop.Enter();
            Context.Dispose();
            Assert.Equal("", Context.DescribeHeld());
            _reactor.Dispose();
        }
    }
}
