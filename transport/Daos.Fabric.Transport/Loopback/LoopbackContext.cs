using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Core.Randomness;

namespace Daos.Fabric.Transport.Loopback;

/// <summary>The loopback provider on one owner thread. Owned by it.</summary>
internal sealed unsafe class LoopbackContext : TransportContext
{
    private readonly TransportStatistics _statistics = new();
    private readonly LoopbackHub _hub;
    private readonly BufferPool _pool;
    private readonly Stack<LoopbackSegment> _idle;
    private readonly List<LoopbackConnection> _connections = [];
    private readonly List<string> _names = [];
    private readonly List<LoopbackOutbox> _outboxes = [];
    private readonly List<CrossConnection> _dirty = [];
    private readonly byte[] _scratch;
    private readonly WritableItem _writable;
    private int _held;
    private bool _disposed;

    internal LoopbackContext(LoopbackHub hub, OwnerLoop loop, TransportOptions options, ITransportHandler handler)
    {
        _hub = hub;
        Loop = loop;
        Options = options;
        Handler = handler;
        Random = options.Random.Fork();
        _pool = new BufferPool($"loopback {loop.Name}", LoopbackSegment.RecordBytes(options.MessageBytesMax), Limits.LoopbackSegments);
        _idle = new Stack<LoopbackSegment>(Limits.LoopbackSegments);
        _scratch = GC.AllocateUninitializedArray<byte>(options.MessageBytesMax, pinned: true);
        _writable = new WritableItem(this);
        loop.BeforeSubmit += Flush;
    }

    /// <inheritdoc/>
    public override OwnerLoop Loop { get; }

    /// <inheritdoc/>
    public override TransportStatistics Statistics
    {
        get
        {
            _statistics.Connections = _connections.Count;
            return _statistics;
        }
    }

    internal TransportOptions Options { get; }

    internal ITransportHandler Handler { get; }

    internal SeededRandom Random { get; }

    internal BufferPool Pool => _pool;

    /// <summary>Room of each segment.</summary>
    internal int SegmentBytes => _pool.BufferBytes;

    /// <summary>True while only the reserve for replies is left.</summary>
    internal bool IsShort => Limits.LoopbackSegments - _held <= Limits.LoopbackSegmentReserve;

    /// <summary>True when another connection is allowed.</summary>
    internal bool HasRoom => !_disposed && _connections.Count < Options.ConnectionsMax;

    /// <inheritdoc/>
    public override DerResult<TransportUri> Listen(TransportUri uri)
    {
        if (uri.Scheme != LoopbackProvider.Scheme)
        {
            return DerCode.Invalid;
        }

        if (!_hub.TryAdd(uri.Rest, this))
        {
            return DerCode.Busy;
        }

        _names.Add(uri.Rest);
        return uri;
    }

    /// <inheritdoc/>
    public override ValueTask<DerResult<TransportConnection>> ConnectAsync(TransportUri uri, long deadlineNs)
    {
        Loop.Assert();
        if (uri.Scheme != LoopbackProvider.Scheme)
        {
            return new(DerCode.Invalid);
        }

        LoopbackContext? target = _hub.Find(uri.Rest);
        if (target is null)
        {
            return new(DerCode.Unreachable);
        }

        if (!HasRoom)
        {
            return new(DerCode.Busy);
        }

        if (!ReferenceEquals(target.Loop, Loop))
        {
            return new CrossConnect(this, target, uri.ToString(), deadlineNs).Start();
        }

        return new(target.HasRoom ? DirectConnection.Connect(this, target, uri.ToString()) : (DerResult<TransportConnection>)DerCode.Busy);
    }

    /// <inheritdoc/>
    public override RemoteMemory Register(TransportConnection peer, byte* address, long lengthBytes, MemoryAccess access)
    {
        Loop.Assert();
        return peer.IsOpen ? ((LoopbackConnection)peer).Registrations.Add(address, lengthBytes, access) : default;
    }

    /// <inheritdoc/>
    public override bool Deregister(TransportConnection peer, RemoteMemory memory, WorkItem? whenSafe)
    {
        // Every copy happens on this owner thread, so none is under way now.
        Loop.Assert();
        ((LoopbackConnection)peer).Registrations.Remove(memory.Key);
        return true;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        using OwnerThread.EnterScope scope = Loop.Enter();
        foreach (string name in _names)
        {
            _hub.Remove(name);
        }

        while (_connections.Count > 0)
        {
            LoopbackConnection connection = _connections[^1];
            Forget(connection);
            connection.Abandon();
        }

        Loop.BeforeSubmit -= Flush;
        _disposed = true;
        FreeWhenReturned();
    }

    internal void Add(LoopbackConnection connection)
    {
        connection.Index = _connections.Count;
        _connections.Add(connection);
    }

    internal void Forget(LoopbackConnection connection)
    {
        int index = connection.Index;
        if (index < 0)
        {
            return;
        }

        LoopbackConnection last = _connections[^1];
        _connections[index] = last;
        last.Index = index;
        _connections.RemoveAt(_connections.Count - 1);
        connection.Index = -1;
    }

    /// <summary>Where the bytes of a message go that nobody will read.</summary>
    internal Span<byte> Scratch(int lengthBytes) => _scratch.AsSpan(0, lengthBytes);

    /// <summary>An empty segment with one holder, or null when all are held.</summary>
    internal LoopbackSegment? Rent(LoopbackConnection sender)
    {
        if (!_idle.TryPop(out LoopbackSegment? segment))
        {
            if (_pool.TryRent(BufferPurpose.Send) is not { } buffer)
            {
                return null;
            }

            segment = new LoopbackSegment(this, buffer);
        }

        _held++;
        segment.Sender = sender;
        segment.UsedBytes = 0;
        segment.ReadBytes = 0;
        segment.AddHolder();
        return segment;
    }

    /// <summary>Takes a segment back that nobody holds.</summary>
    internal void Return(LoopbackSegment segment)
    {
        (segment.Sender as CrossConnection)?.SegmentCameBack(segment);
        segment.Sender = null;
        bool wasShort = IsShort;
        _held--;
        _idle.Push(segment);
        if (wasShort && !IsShort)
        {
            _writable.Schedule();
        }

        FreeWhenReturned();
    }

    /// <summary>The way to another owner thread.</summary>
    internal LoopbackOutbox OutboxTo(OwnerLoop loop)
    {
        LoopbackOutbox? outbox = _outboxes.Find(o => ReferenceEquals(o.To, loop));
        if (outbox is null)
        {
            outbox = new LoopbackOutbox(Loop, loop) { Drained = _writable.Schedule };
            _outboxes.Add(outbox);
        }

        return outbox;
    }

    /// <summary>Has the connection's segment handed over at the end of the turn.</summary>
    internal void MarkDirty(CrossConnection connection)
    {
        _dirty.Add(connection);
        Loop.RequestSubmit();
    }

    /// <summary>Segments that somebody holds, for leak reports; empty when nothing leaks.</summary>
    internal string DescribeHeld() => _held == 0 ? "" : $"{_pool.Name}: {_held} segments";

    private void Flush()
    {
        foreach (CrossConnection connection in CollectionsMarshal.AsSpan(_dirty))
        {
            connection.Flush();
        }

        _dirty.Clear();
    }

    private void TellWritable()
    {
        for (int i = _connections.Count - 1; i >= 0; i--)
        {
            if (i < _connections.Count)
            {
                _connections[i].TellWritable();
            }
        }
    }

    private void FreeWhenReturned()
    {
        if (_disposed && _held == 0)
        {
            _pool.Dispose();
        }
    }

    private sealed class WritableItem(LoopbackContext context) : WorkItem
    {
        private bool _scheduled;

        internal void Schedule()
        {
            if (!_scheduled)
            {
                _scheduled = true;
                context.Loop.Schedule(this);
            }
        }

        protected override void Execute()
        {
            _scheduled = false;
            context.TellWritable();
        }
    }
}
