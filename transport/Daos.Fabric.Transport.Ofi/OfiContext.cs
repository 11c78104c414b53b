using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Core.Randomness;
using Daos.Fabric.Transport.Ofi.Connections;
using Daos.Fabric.Transport.Ofi.Endpoints;
using Daos.Fabric.Transport.Ofi.Native;

namespace Daos.Fabric.Transport.Ofi;

/// <summary>
/// libfabric on one owner thread: endpoints polled once per turn, connections over them, and the one flush per turn. Owned by that thread.
/// </summary>
internal sealed unsafe partial class OfiContext : TransportContext, ILoopPoller
{
    // Peers that are being told that there is no room, count.
    private const int RefusalsMax = 16;

    private readonly List<OfiEndpoint> _endpoints = [];
    private readonly List<NativeSlab> _slabs = [];
    private readonly ConnectionTable _connections;
    private readonly List<OfiConnection> _dirty = [];
    private readonly byte[] _scratch;
    private readonly WritableItem _writable;
    private readonly WatchTimer _watchTimer;
    private readonly PeerWatch _watch;
    private readonly TransportStatistics _statistics = new();
    private bool _disposed;

    internal OfiContext(OwnerLoop loop, TransportOptions options, OfiOptions ofi, ITransportHandler handler)
    {
        Loop = loop;
        Options = options;
        Ofi = ofi;
        Handler = handler;
        Random = options.Random.Fork();
        _connections = new ConnectionTable(options.ConnectionsMax + RefusalsMax, Random);
        _scratch = GC.AllocateUninitializedArray<byte>(options.MessageBytesMax, pinned: true);
        _writable = new WritableItem(this);
        _watchTimer = new WatchTimer(this);
        _watch = new PeerWatch(_connections.Capacity, () => Loop.NowNs);
        _idlePoll = new IdlePollTimer();
        loop.BeforeSubmit += Flush;
        loop.AddPoller(this);
    }

    /// <inheritdoc/>
    public override OwnerLoop Loop { get; }

    internal TransportOptions Options { get; }

    internal OfiOptions Ofi { get; }

    internal ITransportHandler Handler { get; }

    internal SeededRandom Random { get; }

    /// <summary>A peer that says nothing for so long is asked for a sign of life, in ns.</summary>
    internal long PingNs => Options.KeepaliveNs;

    /// <summary>
    /// A peer that says nothing for so long is dead unless it answers within another <see cref="PingNs"/>, in ns: connectionless endpoints
    /// tell no end by themselves.
    /// </summary>
    internal long SilenceNs => 2 * Options.KeepaliveNs;

    /// <summary>See <see cref="NodeIdentity"/>; without watching we claim a node of our own.</summary>
    internal ulong NodeId => Ofi.WatchProcesses ? NodeIdentity.Value : 0;

    internal int ProcessId { get; } = Environment.ProcessId;

    /// <summary>Connections that are not closed yet.</summary>
    internal int ConnectionCount => _connections.Count;

    /// <summary>The endpoints that are open.</summary>
    internal IReadOnlyList<OfiEndpoint> Endpoints => _endpoints;

    /// <inheritdoc/>
    public override TransportStatistics Statistics
    {
        get
        {
            // Read while the system serves, so without an enumerator on the heap.
            _statistics.Connections = ConnectionCount;
            _statistics.MemoryBytes = 0;
            _statistics.MemoryLimitBytes = 0;
            _statistics.Starved = 0;
            foreach (OfiEndpoint endpoint in _endpoints)
            {
                _statistics.MemoryBytes += (long)endpoint.PacketsHeld * endpoint.PacketBytes;
                _statistics.MemoryLimitBytes += (long)endpoint.PacketsMax * endpoint.PacketBytes;
                _statistics.Starved += endpoint.Starved;
            }

            return _statistics;
        }
    }

    /// <inheritdoc/>
    public override bool IsQuiet => _disposed;

    /// <inheritdoc/>
    public override DerResult<TransportUri> Listen(TransportUri uri)
    {
        using OwnerThread.EnterScope scope = Loop.Enter();
        OfiAddress? address = OfiAddress.TryParse(uri);
        if (address is null)
        {
            return DerCode.Invalid;
        }

        DerResult<OfiEndpoint> endpoint = OpenEndpoint(address, listens: true);
        return endpoint.IsSuccess ? endpoint.Value.Uri(address) : endpoint.Code;
    }

    /// <inheritdoc/>
    public override ValueTask<DerResult<TransportConnection>> ConnectAsync(TransportUri uri, long deadlineNs)
    {
        Loop.Assert();
        OfiAddress? address = OfiAddress.TryParse(uri);
        if (address is null)
        {
            return new(DerCode.Invalid);
        }

        if (!HasRoom)
        {
            return new(DerCode.Busy);
        }

        if (Fires(FaultPoint.ConnectRefused))
        {
            return new(DerCode.Unreachable);
        }

        DerResult<OfiEndpoint> endpoint = DialEndpoint(address);
        if (!endpoint.IsSuccess)
        {
            return new(endpoint.Code);
        }

        Span<byte> bytes = stackalloc byte[Limits.AddressBytes];
        if (endpoint.Value.Resolve(address, bytes, out int length) != 0)
        {
            return new(DerCode.Unreachable);
        }

        int owner = OwnerOf(endpoint.Value, bytes[..length]);
        if ((owner > 0 && PeerWatch.HasEnded(owner)) || !endpoint.Value.TryAddPeer(bytes[..length], out ulong peer))
        {
            return new(DerCode.Unreachable);
        }

        var operation = new ConnectOperation(this);
        var connection = new OfiConnection(this, endpoint.Value, peer, uri.ToString(), operation)
        {
            PeerAddress = endpoint.Value.IsShm ? bytes[..length].ToArray() : [],
        };
        _connections.Add(connection);
        if (owner > 0)
        {
            connection.Watch(owner);
        }

        return operation.Start(connection, deadlineNs);
    }

    /// <inheritdoc/>
    public override RemoteMemory Register(TransportConnection peer, byte* address, long lengthBytes, MemoryAccess access)
    {
        Loop.Assert();
        return peer.IsOpen ? ((OfiConnection)peer).Served.Register(address, lengthBytes, access) : default;
    }

    /// <inheritdoc/>
    public override bool Deregister(TransportConnection peer, RemoteMemory memory, WorkItem? whenSafe)
    {
        Loop.Assert();
        return ((OfiConnection)peer).Served.Deregister(memory.Key, whenSafe);
    }

    /// <inheritdoc/>
    public override void UseSlab(NativeSlab slab)
    {
        Loop.Assert();
        _slabs.Add(slab);
        slab.Freeing += s => _slabs.Remove(s);
        foreach (OfiEndpoint endpoint in _endpoints)
        {
            endpoint.Registrations.Add(slab);
        }
    }

    /// <summary>Peers hear a goodbye as far as the provider takes it at once. Everything is back when this returns.</summary>
    public override void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        using OwnerThread.EnterScope scope = Loop.Enter();
        _disposed = true;
        SayGoodbyes();
        Loop.BeforeSubmit -= Flush;
        Loop.RemovePoller(this);
        Loop.Reactor.Timers.Disarm(_watchTimer);
        Loop.Reactor.Timers.Disarm(_idlePoll);
        StopWatching();
        foreach (OfiEndpoint endpoint in _endpoints)
        {
            endpoint.Stop();
        }

        foreach (OfiConnection? connection in _connections.Slots)
        {
            connection?.EndpointClosed();
        }

        foreach (OfiEndpoint endpoint in _endpoints)
        {
            endpoint.Dispose();
        }

        _watch.Dispose();
    }

    /// <summary>True when another connection is allowed.</summary>
    internal bool HasRoom => !_disposed && ConnectionCount < Options.ConnectionsMax;

    /// <summary>Where the bytes of a message go that nobody will read.</summary>
    internal Span<byte> Scratch(int lengthBytes) => _scratch.AsSpan(0, lengthBytes);

    /// <summary>Has the connection's packets sent at the end of the turn.</summary>
    internal void MarkDirty(OfiConnection connection)
    {
        if (!connection.IsDirty)
        {
            connection.IsDirty = true;
            _dirty.Add(connection);
            Loop.RequestSubmit();
        }
    }

    /// <summary>Packets came back: whoever was refused is told, from the ready queue.</summary>
    internal void ScheduleWritable() => _writable.Schedule();

    /// <summary>True when the fault is to happen now.</summary>
    internal bool Fires(FaultPoint point) => FaultRegistry.Fires(Options.Faults, point);

    /// <summary>What the endpoints still lend out, for leak reports.</summary>
    internal string DescribeHeld() =>
        string.Concat(_endpoints.Select(static e => e.DescribeHeld()));

    // Bounded: the provider gets a few chances to move what it has, and whoever takes longer learns by silence.
    private void SayGoodbyes()
    {
        foreach (OfiConnection? connection in _connections.Slots)
        {
            connection?.Abandon();
        }

        const int PollsMax = 1000;
        for (int i = 0; i < PollsMax && IsSaying(); i++)
        {
            PollEndpoints();
            Flush();
        }
    }

    private bool IsSaying()
    {
        foreach (OfiConnection? connection in _connections.Slots)
        {
            if (connection is { IsSaying: true })
            {
                return true;
            }
        }

        return false;
    }

    private void Flush()
    {
        int count = _dirty.Count;
        for (int i = 0; i < count; i++)
        {
            _dirty[i].IsDirty = false;
            _dirty[i].Flush();
        }

        _dirty.RemoveRange(0, count);
    }

    private void TellWritable()
    {
        foreach (OfiConnection? connection in _connections.Slots)
        {
            connection?.TellWritable();
        }
    }
}
