using Daos.Fabric.Core.Time;

namespace Daos.Fabric.Transport.Tests.Harness;

/// <summary>
/// A reactor whose peers are the test: it feeds bytes to connections and takes what they send, piece by piece if it likes. One
/// listener; descriptors count up from 100.
/// </summary>
internal sealed unsafe class ScriptedReactor : Reactor.Reactor, IClock
{
    private const long StartNs = 1_000_000_000;

    private readonly Dictionary<int, Peer> _peers = [];
    private readonly List<Peer> _order = [];
    private readonly Queue<(ReactorOperation Operation, int Result)> _completions = new();
    private ReactorOperation? _accept;
    private long _nowNs = StartNs;
    private int _nextDescriptor = 100;

    public override string Kind => "scripted";

    public override IClock Clock => this;

    public override TimerWheel Timers { get; } = new(StartNs);

    public override IReactorFiles Files => throw new NotSupportedException();

    public override ReactorStatistics Statistics { get; } = new();

    public long MonotonicNs => _nowNs;

    public long UnixNs => _nowNs;

    /// <summary>Sends stay in the "kernel" until <see cref="ReleaseSend"/>.</summary>
    internal bool HoldSends { get; set; }

    /// <summary>Keep what was sent.</summary>
    internal bool KeepSent { get; set; } = true;

    internal int OpenSockets => _order.Count;

    /// <summary>Somebody connects.</summary>
    internal int Connect()
    {
        var peer = new Peer { Descriptor = _nextDescriptor++ };
        _peers.Add(peer.Descriptor, peer);
        _order.Add(peer);
        ReactorOperation accept = _accept!;
        accept.Complete(peer.Descriptor, more: true);
        return peer.Descriptor;
    }

    /// <summary>The peer's bytes, to be received in later turns; no piece is longer than given.</summary>
    internal void Feed(int socket, ReadOnlySpan<byte> bytes, int pieceMax = int.MaxValue)
    {
        if (!_peers.TryGetValue(socket, out Peer? peer))
        {
            return;
        }

        peer.PieceMax = pieceMax;
        peer.Incoming.AddRange(bytes);
    }

    /// <summary>The peer closes after the bytes that were fed.</summary>
    internal void End(int socket) => _peers[socket].Ended = true;

    internal bool IsClosed(int socket) => !_peers.ContainsKey(socket);

    /// <summary>Everything sent on the socket so far, also after it was closed.</summary>
    internal List<byte> SentOn(int socket) => _sent.TryGetValue(socket, out List<byte>? sent) ? sent : _sent[socket] = [];

    private readonly Dictionary<int, List<byte>> _sent = [];

    /// <summary>True while a receive is under way.</summary>
    internal bool IsReceiving(int socket) => _peers[socket].Receive is not null;

    /// <summary>Where the receive under way goes.</summary>
    internal nint ReceiveAddress(int socket) => (nint)_peers[socket].Memory;

    /// <summary>Completes a held send with some of its bytes.</summary>
    internal void ReleaseSend(int socket, int bytesMax)
    {
        Peer peer = _peers[socket];
        int taken = peer.Take(bytesMax, SentOn(socket));
        _completions.Enqueue((peer.Send!, taken));
        peer.Send = null;
    }

    internal bool IsSending(int socket) => _peers[socket].Send is not null;

    internal void Advance(long ns) => _nowNs += ns;

    public override DerResult<ListenerHandle> Listen(SocketAddress address, int backlog) => new ListenerHandle(99, address);

    public override void Accept(int listener, ReactorOperation operation) => Begin(_accept = operation);

    public override void Connect(SocketAddress address, ReactorOperation operation) => throw new NotSupportedException();

    public override void Receive(int socket, byte* destination, int lengthBytes, ReactorOperation operation)
    {
        Peer peer = _peers[socket];
        Begin(operation);
        peer.Receive = operation;
        peer.Memory = destination;
        peer.MemoryBytes = lengthBytes;
    }

    public override void Send(int socket, ReadOnlySpan<IoVector> pieces, ReactorOperation operation)
    {
        Peer peer = _peers[socket];
        Begin(operation);
        peer.Send = operation;
        peer.Pieces.Clear();
        foreach (IoVector piece in pieces)
        {
            peer.Pieces.Add(((nint)piece.Address, (int)piece.LengthBytes));
        }
    }

    public override void Shutdown(int socket) => _peers[socket].Ended = true;

    public override void Close(int descriptor)
    {
        if (_peers.Remove(descriptor, out Peer? peer))
        {
            Assert.Null(peer.Receive);
            Assert.Null(peer.Send);
            _order.Remove(peer);
        }
    }

    public override void ReadFile(int file, byte* destination, int lengthBytes, long offsetBytes, ReactorOperation operation) =>
        throw new NotSupportedException();

    public override void WriteFile(
        int file, byte* source, int lengthBytes, long offsetBytes, WriteMode mode, ReactorOperation operation) => throw new NotSupportedException();

    public override void FlushFile(int file, ReactorOperation operation) => throw new NotSupportedException();

    public override void Cancel(ReactorOperation operation)
    {
        foreach (Peer peer in _order)
        {
            if (ReferenceEquals(peer.Receive, operation))
            {
                peer.Receive = null;
                _completions.Enqueue((operation, -Errno.Canceled));
            }
            else if (ReferenceEquals(peer.Send, operation))
            {
                peer.Send = null;
                _completions.Enqueue((operation, -Errno.Canceled));
            }
        }
    }

    public override int Turn(long nowNs, long waitNs)
    {
        _nowNs += 1000;
        int ran = 0;
        for (int i = 0; i < _order.Count; i++)
        {
            Move(_order[i]);
        }

        while (_completions.TryDequeue(out (ReactorOperation Operation, int Result) completion))
        {
            completion.Operation.Slot = -1;
            completion.Operation.Complete(completion.Result, more: false);
            ran++;
        }

        return ran + Timers.Advance(_nowNs);
    }

    public override void Wake()
    {
    }

    public override void Quiesce()
    {
    }

    public override void Dispose()
    {
    }

    private static void Begin(ReactorOperation operation)
    {
        Assert.False(operation.IsActive);
        operation.Slot = 1;
    }

    private void Move(Peer peer)
    {
        if (peer.Send is { } send && (!HoldSends || peer.Ended))
        {
            int taken = peer.Take(int.MaxValue, KeepSent ? SentOn(peer.Descriptor) : null);
            peer.Send = null;
            _completions.Enqueue((send, taken));
        }

        if (peer.Receive is { } receive && (peer.Left > 0 || peer.Ended))
        {
            int bytes = Math.Min(Math.Min(peer.Left, peer.MemoryBytes), peer.PieceMax);
            peer.Give(bytes);
            peer.Receive = null;
            _completions.Enqueue((receive, bytes));
        }
    }

    private sealed class Peer
    {
        private int _given;

        public int Descriptor { get; init; }

        public List<byte> Incoming { get; } = [];

        public int Left => Incoming.Count - _given;

        public int PieceMax { get; set; } = int.MaxValue;

        public bool Ended { get; set; }

        public ReactorOperation? Receive { get; set; }

        public byte* Memory { get; set; }

        public int MemoryBytes { get; set; }

        public ReactorOperation? Send { get; set; }

        public List<(nint Address, int Bytes)> Pieces { get; } = [];

        public void Give(int bytes)
        {
            System.Runtime.InteropServices.CollectionsMarshal.AsSpan(Incoming).Slice(_given, bytes).CopyTo(new Span<byte>(Memory, bytes));
            _given += bytes;
            if (Left == 0)
            {
                Incoming.Clear();
                _given = 0;
            }
        }

        public int Take(int bytesMax, List<byte>? into)
        {
            int taken = 0;
            foreach ((nint address, int bytes) in Pieces)
            {
                int here = Math.Min(bytes, bytesMax - taken);
                into?.AddRange(new ReadOnlySpan<byte>((void*)address, here));
                taken += here;
            }

            return taken;
        }
    }
}
