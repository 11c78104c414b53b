using Daos.Fabric.Core.Randomness;

namespace Daos.Fabric.Transport.SharedMemory;

/// <summary>
/// The shared memory provider on one owner thread: names, connections, and which of them are polled. A connection is polled while it is in
/// use; one that was idle for a while, and every one when the loop blocks, waits for its doorbell. Owned by that thread.
/// </summary>
internal sealed unsafe class SharedMemoryContext : TransportContext, ILoopPoller, IStreamOwner
{
    private readonly TransportStatistics _statistics = new();
    private readonly List<SharedMemoryConnection> _connections = [];
    private readonly List<SharedMemoryConnection> _active = [];
    private readonly List<SharedMemoryConnection> _dirty = [];
    private readonly List<StreamAcceptor> _acceptors = [];
    private readonly List<string> _names = [];
    private readonly byte[] _staging;
    private readonly NativeSlab _probe = new(sizeof(ulong));
    private bool _disposed;

    internal SharedMemoryContext(SharedMemoryProvider provider, OwnerLoop loop, TransportOptions options, ITransportHandler handler)
    {
        Provider = provider;
        Loop = loop;
        Options = options;
        Handler = handler;
        Random = options.Random.Fork();
        Segments = new SegmentStore($"shared memory {loop.Name}", options.MessageBytesMax) { Relieved = ActivateAll };
        _staging = GC.AllocateUninitializedArray<byte>(Math.Max(options.MessageBytesMax, RingLayout.LineBytes), pinned: true);
        Staging = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_staging));
        *ProbeAddress = Random.NextUInt64();
        loop.BeforeSubmit += Flush;
        loop.AddPoller(this);
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

    internal SharedMemoryProvider Provider { get; }

    /// <inheritdoc/>
    public TransportOptions Options { get; }

    internal ITransportHandler Handler { get; }

    internal SeededRandom Random { get; }

    internal SegmentStore Segments { get; }

    /// <summary>Messages of the connection that is polled now.</summary>
    internal GatheredMessage[] Gathered { get; } = new GatheredMessage[Limits.MessagesPerGather];

    /// <summary>Where a message is written that does not go into its ring at once: what the peer can change is never read back.</summary>
    internal byte* Staging { get; }

    /// <summary>A random number that peers read to see whether they can reach this process's memory.</summary>
    internal ulong* ProbeAddress => (ulong*)_probe.Address;

    /// <summary>Connections that are not closed yet.</summary>
    internal int ConnectionCount => _connections.Count;

    /// <summary>Connections that are polled now.</summary>
    internal int ActiveCount => _active.Count;

    /// <summary>Times that a sleeping peer was woken.</summary>
    internal long DoorbellsRung { get; set; }

    /// <inheritdoc/>
    public bool HasRoom => !_disposed && _connections.Count < Options.ConnectionsMax;

    /// <inheritdoc/>
    public override bool IsQuiet => _disposed && _connections.Count == 0 && _acceptors.TrueForAll(static a => !a.IsActive);

    /// <inheritdoc/>
    public override DerResult<TransportUri> Listen(TransportUri uri)
    {
        DerResult<string> path = PathOf(uri);
        DerCode code = path.IsSuccess ? RuntimeDirectory.Prepare(Provider.Directory) : path.Code;
        if (code.IsError)
        {
            return code;
        }

        DerResult<ListenerHandle> listener = Loop.Reactor.Listen(SocketAddress.Unix(path.Value), Limits.ListenBacklog);
        if (!listener.IsSuccess)
        {
            return listener.Code;
        }

        RuntimeDirectory.Restrict(path.Value);
        using OwnerThread.EnterScope scope = Loop.Enter();
        var acceptor = new StreamAcceptor(this, listener.Value.Descriptor, uri.Scheme);
        _acceptors.Add(acceptor);
        _names.Add(path.Value);
        acceptor.Start();
        return uri;
    }

    /// <inheritdoc/>
    public override ValueTask<DerResult<TransportConnection>> ConnectAsync(TransportUri uri, long deadlineNs)
    {
        Loop.Assert();
        DerResult<string> path = PathOf(uri);
        return !path.IsSuccess ? new(path.Code)
            : !HasRoom ? new(DerCode.Busy)
            : new StreamConnect(this, uri).Start(SocketAddress.Unix(path.Value), deadlineNs);
    }

    /// <inheritdoc/>
    public override RemoteMemory Register(TransportConnection peer, byte* address, long lengthBytes, MemoryAccess access)
    {
        Loop.Assert();
        return ((SharedMemoryConnection)peer).Register(address, lengthBytes, access);
    }

    /// <inheritdoc/>
    public override bool Deregister(TransportConnection peer, RemoteMemory memory, WorkItem? whenSafe)
    {
        Loop.Assert();
        return ((SharedMemoryConnection)peer).Deregister(memory.Key, whenSafe);
    }

    /// <summary>
    /// Peers see their connections end at once. Memory that a peer was let into comes back when that peer confirmed or died: in later turns
    /// of the loop.
    /// </summary>
    public override void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        using OwnerThread.EnterScope scope = Loop.Enter();
        _disposed = true;
        _names.ForEach(RuntimeDirectory.Remove);
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
    public int Poll()
    {
        int ran = 0;
        for (int i = _active.Count - 1; i >= 0; i--)
        {
            if (i < _active.Count)
            {
                ran += _active[i].Poll();
            }
        }

        return ran;
    }

    /// <inheritdoc/>
    public bool PrepareToWait()
    {
        // What others wrote after this turn's flush.
        Flush();
        for (int i = _active.Count - 1; i >= 0; i--)
        {
            if (!_active[i].TryPark())
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public void Adopt(int socket, string scheme, string peerName, StreamConnect? connect)
    {
        if (!HasRoom)
        {
            _statistics.Refused++;
            Loop.Reactor.Close(socket);
            connect?.Fail(DerCode.Busy);
            return;
        }

        var connection = new SharedMemoryConnection(this, socket, peerName, connect) { Index = _connections.Count };
        _connections.Add(connection);
        connect?.Joined(connection);
        connection.Start();
    }

    internal void Forget(SharedMemoryConnection connection)
    {
        Deactivate(connection);
        SharedMemoryConnection last = _connections[^1];
        _connections[connection.Index] = last;
        last.Index = connection.Index;
        _connections.RemoveAt(_connections.Count - 1);
        connection.Index = -1;
        FreeWhenDone();
    }

    /// <summary>Has the connection polled every turn.</summary>
    internal void Activate(SharedMemoryConnection connection)
    {
        connection.ActiveIndex = _active.Count;
        _active.Add(connection);
    }

    /// <summary>Leaves it to its doorbell.</summary>
    internal void Deactivate(SharedMemoryConnection connection)
    {
        int index = connection.ActiveIndex;
        if (index < 0)
        {
            return;
        }

        SharedMemoryConnection last = _active[^1];
        _active[index] = last;
        last.ActiveIndex = index;
        _active.RemoveAt(_active.Count - 1);
        connection.ActiveIndex = -1;
    }

    /// <summary>Has the peer's doorbell rung at the end of the turn, if it sleeps.</summary>
    internal void MarkDirty(SharedMemoryConnection connection)
    {
        if (!connection.IsDirty)
        {
            connection.IsDirty = true;
            _dirty.Add(connection);
            Loop.RequestSubmit();
        }
    }

    private void Flush()
    {
        if (_dirty.Count == 0)
        {
            return;
        }

        foreach (SharedMemoryConnection connection in CollectionsMarshal.AsSpan(_dirty))
        {
            connection.ReleaseFrames();
        }

        // We publish and then look who sleeps; a peer says that it sleeps and then looks what was published.
        Interlocked.MemoryBarrier();
        foreach (SharedMemoryConnection connection in CollectionsMarshal.AsSpan(_dirty))
        {
            connection.RingDoorbell();
        }

        _dirty.Clear();
    }

    private DerResult<string> PathOf(TransportUri uri) =>
        uri.Scheme == SharedMemoryProvider.Scheme ? RuntimeDirectory.PathOf(Provider.Directory, uri.Rest) : DerCode.Invalid;

    private void ActivateAll()
    {
        foreach (SharedMemoryConnection connection in _connections)
        {
            connection.Activate();
        }
    }

    private void FreeWhenDone()
    {
        if (_disposed && _connections.Count == 0)
        {
            Loop.BeforeSubmit -= Flush;
            Loop.RemovePoller(this);
            Segments.Dispose();
            _probe.Dispose();
        }
    }
}
