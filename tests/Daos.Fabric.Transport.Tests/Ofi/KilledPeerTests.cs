using Daos.Fabric.Transport.Ofi;

namespace Daos.Fabric.Transport.Tests.Ofi;

/// <summary>A peer process is killed in the middle of each kind of operation, 42 times per provider.</summary>
[Collection("libfabric")]
public sealed unsafe class KilledPeerTests
{
    private const int Kills = 42;
    private const int KindCount = 7;
    private const int TransferBytes = 1 << 20;
    private const long EndsWithinNs = 2_000_000_000;

    private enum Kind
    {
        Send,
        Reply,
        Flood,
        Put,
        Get,
        Read,
        Write,
    }

    [Theory]
    [InlineData("ofi+tcp;ofi_rxm")]
    [InlineData("ofi+shm")]
    public void Kill_InTheMiddleOfAnything_EndsEverythingAndLeaksNothing(string scheme)
    {
        OfiPair.Require();
        using Reactor.Reactor reactor = ReactorFactory.Create();
        var loop = new OwnerLoop("survivor", reactor, new OwnerLoopOptions());
        var handler = new Recorder { Keep = false };
        var random = new SeededRandom(77);
        TransportContext context = new OfiProvider().CreateContext(loop, new TransportOptions { Random = random.Fork() }, handler);
        using var block = new NativeBlock(TransferBytes);
        Task<OfiPeer> next = Task.Run(() => OfiPeer.Start(scheme));
        for (int i = 0; i < Kills; i++)
        {
            using OfiPeer peer = next.GetAwaiter().GetResult();
            next = i + 1 < Kills ? Task.Run(() => OfiPeer.Start(scheme)) : next;
            var survivor = new Survivor(loop, context, handler, block);
            survivor.Connect(peer.Address);
            survivor.Begin((Kind)(i % KindCount));
            survivor.Run(turns: 20 + (int)(random.NextUInt64() % 3000));
            peer.Kill();
            survivor.AssertEverythingEnds($"{scheme} {(Kind)(i % KindCount)} {i}");
        }

        // What was under way with the dead stops nothing of the living.
        using (OfiPeer last = OfiPeer.Start(scheme))
        {
            var survivor = new Survivor(loop, context, handler, block);
            survivor.Connect(last.Address);
            survivor.AssertEchoes(100, 40_000);
        }

        using (loop.Enter())
        {
            context.Dispose();
            Assert.Equal("", ((OfiContext)context).DescribeHeld());
            Assert.Equal(0, ((OfiContext)context).ConnectionCount);
        }
    }

    /// <summary>The side that lives.</summary>
    private sealed class Survivor(OwnerLoop loop, TransportContext context, Recorder handler, NativeBlock block)
    {
        private readonly int _closedBefore = handler.Closed.Count;
        private readonly Flag _safe = new();
        private TransportConnection _connection = null!;
        private RemoteMemory _memory;
        private RemoteMemory _peerMemory;
        private Task<DerCode>? _transfer;
        private Kind _kind;

        internal void Connect(TransportUri address)
        {
            Task<DerResult<TransportConnection>> connect = Begin(() => context.ConnectAsync(address, loop.Clock.MonotonicNs + 10_000_000_000));
            RunUntil(() => connect.IsCompleted, "the connection");
            DerResult<TransportConnection> result = connect.GetAwaiter().GetResult();
            Assert.True(result.IsSuccess, result.Code.ToString());
            _connection = result.Value;
        }

        internal void Begin(Kind kind)
        {
            _kind = kind;
            handler.OnEach = null;
            using OwnerThread.EnterScope scope = loop.Enter();
            switch (kind)
            {
                case Kind.Reply:
                    handler.OnEach = (TransportConnection c, in InboundMessage _) => Send(c, 'E', 3000);
                    Send(_connection, 'E', 3000);
                    break;
                case Kind.Flood:
                    Send(_connection, 'F', 8);
                    break;
                case Kind.Put or Kind.Get:
                    _memory = context.Register(_connection, block.Address, TransferBytes, MemoryAccess.RemoteRead | MemoryAccess.RemoteWrite);
                    Span<byte> message = _connection.BeginMessage(32);
                    message.Clear();
                    message[0] = (byte)(kind == Kind.Put ? 'P' : 'G');
                    _memory.Write(message[8..]);
                    _connection.EndMessage(32);
                    break;
                case Kind.Read or Kind.Write:
                    handler.OnEach = (TransportConnection _, in InboundMessage m) => _peerMemory = RemoteMemory.Read(m.Span);
                    Send(_connection, 'M', 8);
                    break;
            }
        }

        internal void Run(int turns)
        {
            if (_kind is Kind.Read or Kind.Write)
            {
                RunUntil(() => _peerMemory.IsValid, "the peer's memory");
            }

            for (int i = 0; i < turns; i++)
            {
                Turn();
            }
        }

        internal void AssertEchoes(int count, int bytes)
        {
            long before = handler.MessageCount;
            handler.OnEach = null;
            for (int i = 0; i < count; i++)
            {
                using (loop.Enter())
                {
                    Send(_connection, 'E', bytes);
                }

                RunUntil(() => handler.MessageCount == before + i + 1, "an echo");
            }
        }

        internal void AssertEverythingEnds(string what)
        {
            long until = loop.Clock.MonotonicNs + EndsWithinNs;
            while (handler.Closed.Count == _closedBefore)
            {
                Assert.True(loop.Clock.MonotonicNs < until, $"{what}: the end was not told in time");
                Turn();
            }

            Assert.Equal((_connection, DerCode.Unreachable), handler.Closed[^1]);
            Assert.True(_transfer is null || _transfer.IsCompleted, $"{what}: a transfer is still pending");
            Assert.True(_transfer is null || _transfer.Result == DerCode.Unreachable || _transfer.Result.IsSuccess, what);
            using (loop.Enter())
            {
                Assert.True(!_memory.IsValid || context.Deregister(_connection, _memory, _safe), $"{what}: memory is not free");
            }

            for (int i = 0; i < 200; i++)
            {
                loop.RunTurn(0);
            }

            Assert.Equal("", ((OfiContext)context).DescribeHeld());
        }

        private static void Send(TransportConnection connection, char order, int bytes)
        {
            Span<byte> message = connection.BeginMessage(bytes);
            message.Clear();
            message[0] = (byte)order;
            connection.EndMessage(bytes);
        }

        private void Turn()
        {
            if (_connection is { IsOpen: true })
            {
                using OwnerThread.EnterScope scope = loop.Enter();
                if (_kind == Kind.Send && _connection.CanSend)
                {
                    Send(_connection, 'S', 30_000);
                }

                if (_peerMemory.IsValid && _transfer is null or { IsCompleted: true } && _kind is Kind.Read or Kind.Write && _peerMemory.IsValid)
                {
                    _transfer = AwaitIt(_kind == Kind.Read
                        ? _connection.ReadRemoteAsync(_peerMemory, 0, block.Address, TransferBytes)
                        : _connection.WriteRemoteAsync(_peerMemory, 0, block.Address, TransferBytes));
                }
            }

            loop.RunTurn(0);
        }

        private void RunUntil(Func<bool> condition, string what)
        {
            long until = loop.Clock.MonotonicNs + 20_000_000_000;
            while (!condition())
            {
                Assert.True(loop.Clock.MonotonicNs < until, $"{what} did not come");
                loop.RunTurn(0);
            }
        }

        private Task<T> Begin<T>(Func<ValueTask<T>> start)
        {
            using OwnerThread.EnterScope scope = loop.Enter();
            return AwaitIt(start());
        }

        private static Task<T> AwaitIt<T>(ValueTask<T> task) => task.AsTask();
    }

    private sealed class Flag : WorkItem
    {
        protected override void Execute()
        {
        }
    }
}
