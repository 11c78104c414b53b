using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Core.Randomness;
using Daos.Fabric.Transport.Sockets.Tls;

namespace Daos.Fabric.Transport.Sockets;

/// <summary>
/// The socket provider on one owner thread: listeners, connections, the segments that they share, and the one flush per turn. Owned by
/// that thread.
/// </summary>
internal sealed unsafe class SocketContext : TransportContext, IStreamOwner
{
    private readonly Func<bool, RecordLayer>? _recordLayers;
    private readonly TlsContext? _tls;
    private readonly List<SocketConnection> _connections = [];
    private readonly List<SocketConnection> _dirty = [];
    private readonly List<SocketConnection> _starved = [];
    private readonly List<StreamAcceptor> _acceptors = [];
    private readonly byte[] _scratch;
    private readonly RelieveItem _relieve;
    private NativeSlab? _probe;
    private bool _disposed;

    internal SocketContext(OwnerLoop loop, TransportOptions options, ITransportHandler handler, Func<bool, RecordLayer>? recordLayers, TlsContext? tls)
    {
        Loop = loop;
        Options = options;
        Handler = handler;
        Random = options.Random.Fork();
        _recordLayers = recordLayers;
        _tls = tls;

        // Room for the largest frame, and for the bytes that keep frames aligned.
        int segmentBytes = FrameCodec.FrameBytes(options.MessageBytesMax) + 8 + Limits.ReceiveBytesMin;
        int sure = recordLayers is null && tls is null ? Limits.SegmentsPerConnection : Limits.SegmentsPerSealedConnection;
        Segments = new SegmentPool($"sockets {loop.Name}", segmentBytes, options.ConnectionsMax, Limits.SharedSegmentBytes, sure);
        _relieve = new RelieveItem(this);
        Segments.Relieved = _relieve.Schedule;
        _scratch = GC.AllocateUninitializedArray<byte>(options.MessageBytesMax, pinned: true);
        loop.BeforeSubmit += Flush;
    }

    /// <inheritdoc/>
    public override OwnerLoop Loop { get; }

    /// <inheritdoc/>
    public TransportOptions Options { get; }

    internal ITransportHandler Handler { get; }

    internal SeededRandom Random { get; }

    internal SegmentPool Segments { get; }

    /// <summary>A chunk's worth of zeros.</summary>
    internal NativeSlab Zeros { get; } = new(Limits.ChunkBytesMax);

    /// <summary>False leaves all bytes of transfers to the socket.</summary>
    internal bool UseProcessMemory { get; init; } = true;

    /// <summary>A random number that peers read to see whether they can reach this process's memory.</summary>
    internal ulong* ProbeAddress
    {
        get
        {
            if (_probe is null)
            {
                _probe = new NativeSlab(sizeof(ulong));
                *(ulong*)_probe.Address = Random.NextUInt64();
            }

            return (ulong*)_probe.Address;
        }
    }

    /// <inheritdoc/>
    public override TransportStatistics Statistics
    {
        get
        {
            Counts.Connections = _connections.Count;
            Counts.MemoryBytes = Segments.HeldBytes + ((long)_connections.Count * SocketConnection.FixedMemoryBytes);
            Counts.MemoryLimitBytes = Segments.LimitBytes + ((long)Options.ConnectionsMax * SocketConnection.FixedMemoryBytes);
            return Counts;
        }
    }

    /// <summary>What the connections count into.</summary>
    internal TransportStatistics Counts { get; } = new();

    /// <summary>Connections that are not closed yet.</summary>
    internal int ConnectionCount => _connections.Count;

    /// <inheritdoc/>
    public override DerResult<TransportUri> Listen(TransportUri uri)
    {
        DerResult<SocketAddress> address = AddressOf(uri);
        if (!address.IsSuccess)
        {
            return address.Code;
        }

        DerResult<ListenerHandle> listener = Loop.Reactor.Listen(address.Value, Limits.ListenBacklog);
        if (!listener.IsSuccess)
        {
            return listener.Code;
        }

        using OwnerThread.EnterScope scope = Loop.Enter();
        var acceptor = new StreamAcceptor(this, listener.Value.Descriptor, uri.Scheme);
        _acceptors.Add(acceptor);
        acceptor.Start();
        return address.Value.IsUnix ? uri : TransportUri.Parse($"{uri.Scheme}://{listener.Value.Address}");
    }

    /// <inheritdoc/>
    public override ValueTask<DerResult<TransportConnection>> ConnectAsync(TransportUri uri, long deadlineNs)
    {
        Loop.Assert();
        DerResult<SocketAddress> address = AddressOf(uri);
        if (!address.IsSuccess)
        {
            return new(address.Code);
        }

        if (!HasRoom)
        {
            return new(DerCode.Busy);
        }

        return new StreamConnect(this, uri).Start(address.Value, deadlineNs);
    }

    /// <inheritdoc/>
    public override RemoteMemory Register(TransportConnection peer, byte* address, long lengthBytes, MemoryAccess access)
    {
        Loop.Assert();
        return ((SocketConnection)peer).Register(address, lengthBytes, access);
    }

    /// <inheritdoc/>
    public override bool Deregister(TransportConnection peer, RemoteMemory memory, WorkItem? whenSafe)
    {
        Loop.Assert();
        return ((SocketConnection)peer).Deregister(memory.Key, whenSafe);
    }

    /// <inheritdoc/>
    public override bool IsQuiet => _disposed && _connections.Count == 0 && _acceptors.TrueForAll(static a => !a.IsActive);

    /// <summary>
    /// Peers see their connections end at once. Memory and descriptors come back when the reactor holds nothing of them any more: in later
    /// turns of the loop, or inside this call when the loop was stopped before.
    /// </summary>
    public override void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        using OwnerThread.EnterScope scope = Loop.Enter();
        _disposed = true;
        foreach (StreamAcceptor acceptor in _acceptors)
        {
            acceptor.Stop();
        }

        for (int i = _connections.Count - 1; i >= 0; i--)
        {
            _connections[i].Abandon();
        }

        FreeWhenDone();
    }

    /// <inheritdoc/>
    public bool HasRoom => !_disposed && _connections.Count < Options.ConnectionsMax;

    /// <inheritdoc/>
    public void Adopt(int socket, string scheme, string peerName, StreamConnect? connect)
    {
        if (!HasRoom)
        {
            Counts.Refused++;
            Loop.Reactor.Close(socket);
            connect?.Fail(DerCode.Busy);
            return;
        }

        RecordLayer? record = CreateRecordLayer(isServer: connect is null, scheme);
        var connection = new SocketConnection(this, socket, peerName, connect, record) { ConnectedScheme = scheme, Index = _connections.Count };
        _connections.Add(connection);
        connect?.Joined(connection);
        connection.Start();
    }

    internal void Forget(SocketConnection connection)
    {
        SocketConnection last = _connections[^1];
        _connections[connection.Index] = last;
        last.Index = connection.Index;
        _connections.RemoveAt(_connections.Count - 1);
        connection.Index = -1;
        FreeWhenDone();
    }

    /// <summary>Where the bytes of a message go that nobody will read.</summary>
    internal Span<byte> Scratch(int lengthBytes) => _scratch.AsSpan(0, lengthBytes);

    /// <summary>Has the connection's stream sent at the end of the turn.</summary>
    internal void MarkDirty(SocketConnection connection)
    {
        if (!connection.IsDirty)
        {
            connection.IsDirty = true;
            _dirty.Add(connection);
            Loop.RequestSubmit();
        }
    }

    /// <summary>Has the connection receive once segments came back.</summary>
    internal void MarkStarved(SocketConnection connection)
    {
        if (!connection.IsStarved)
        {
            Counts.Starved++;
            connection.IsStarved = true;
            _starved.Add(connection);
        }
    }

    /// <summary>Lets starved connections try again in this turn.</summary>
    internal void RelieveSoon() => _relieve.Schedule();

    /// <summary>What the pool still lends out, for leak reports.</summary>
    internal string DescribeHeld() => Segments.DescribeHeld();

    private static DerResult<SocketAddress> AddressOf(TransportUri uri) => uri.Scheme is "tcp" or "unix" ? uri.ToSocketAddress() : DerCode.Invalid;

    // A unix socket is guarded by the permissions of its path.
    private RecordLayer? CreateRecordLayer(bool isServer, string scheme) =>
        _recordLayers is not null ? _recordLayers(isServer) : scheme == "tcp" ? _tls?.CreateLayer(isServer) : null;

    private void Flush()
    {
        // A flush may add to the list only what is flushed in the next turn.
        int count = _dirty.Count;
        for (int i = 0; i < count; i++)
        {
            _dirty[i].Flush();
        }

        _dirty.RemoveRange(0, count);
    }

    private void Relieve()
    {
        int starved = _starved.Count;
        for (int i = 0; i < starved; i++)
        {
            _starved[i].IsStarved = false;
            _starved[i].StartReceive();
        }

        _starved.RemoveRange(0, starved);
        for (int i = _connections.Count - 1; i >= 0; i--)
        {
            if (i < _connections.Count)
            {
                _connections[i].TellWritable();
            }
        }
    }

    private void FreeWhenDone()
    {
        if (_disposed && _connections.Count == 0)
        {
            Loop.BeforeSubmit -= Flush;
            Segments.Dispose();
            Zeros.Dispose();
            _probe?.Dispose();
            _tls?.Dispose();
        }
    }

    private sealed class RelieveItem(SocketContext context) : WorkItem
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
            context.Relieve();
        }
    }
}
