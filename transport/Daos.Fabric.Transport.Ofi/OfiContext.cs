using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Core.Randomness;
using Daos.Fabric.Transport.Ofi.Connections;
using Daos.Fabric.Transport.Ofi.Endpoints;
using Daos.Fabric.Transport.Ofi.Native;
using Daos.Fabric.Transport.Ofi.Wire;

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
            _statistics.Connections = ConnectionCount;
            _statistics.MemoryBytes = _endpoints.Sum(static e => (long)e.PacketsHeld * e.PacketBytes);
            _statistics.MemoryLimitBytes = _endpoints.Sum(static e => (long)e.PacketsMax * e.PacketBytes);
            _statistics.Starved = _endpoints.Sum(static e => e.Starved);
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

        DerResult<OfiEndpoint> endpoint = DialEndpoint(address);
        if (!endpoint.IsSuccess)
        {
            return new(endpoint.Code);
        }

        Span<byte> bytes = stackalloc byte[Limits.AddressBytes];
        if (endpoint.Value.Resolve(address, bytes, out int length) != 0 || !endpoint.Value.TryAddPeer(bytes[..length], out ulong peer))
        {
            return new(DerCode.Unreachable);
        }

        var operation = new ConnectOperation(this);
        var connection = new OfiConnection(this, endpoint.Value, peer, uri.ToString(), operation)
        {
            PeerAddress = endpoint.Value.IsShm ? bytes[..length].ToArray() : [],
        };
        _connections.Add(connection);
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

    /// <summary>The connection that a packet's token names, or null.</summary>
    internal OfiConnection? Find(ulong token) => _connections.Find(token);

    /// <summary>A hello came in; everything in it is the peer's word.</summary>
    internal void Greeted(OfiEndpoint endpoint, ReceivePacket packet)
    {
        var hello = (HelloWire*)(packet.Address + PacketHeaderWire.SizeBytes);
        int addressBytes = packet.LengthBytes - PacketHeaderWire.SizeBytes - HelloWire.SizeBytes;
        bool isSound = addressBytes > 0 && hello->Magic == HelloWire.MagicValue && hello->AddressBytes == addressBytes
            && addressBytes <= Limits.AddressBytes && hello->Token != 0;
        bool hasSlot = !_disposed && ConnectionCount < _connections.Capacity;
        var address = new ReadOnlySpan<byte>(hello + 1, isSound ? addressBytes : 0);
        if (!isSound || !hasSlot || !endpoint.TryAddPeer(address, out ulong peer))
        {
            _statistics.Refused++;
            return;
        }

        // Receives are posted for our own limit, so both sides must have the same.
        bool isCompatible = hello->VersionMin <= PacketHeaderWire.CurrentVersion && hello->VersionMax >= PacketHeaderWire.CurrentVersion
            && hello->MessageBytesMax == (uint)Options.MessageBytesMax;
        bool hasRoom = HasRoom;
        var connection = new OfiConnection(this, endpoint, peer, $"{Loop.Name} {endpoint.Scheme} peer {peer}", connect: null)
        {
            PeerAddress = endpoint.IsShm ? address.ToArray() : [],
        };
        _connections.Add(connection);
        if (isCompatible && hasRoom)
        {
            connection.LeftBehind = endpoint.IsShm && hello->NodeId == NodeId
                ? ShmEndpoints.FileOf(address, hello->ProcessId)
                : null;
            connection.Accept(*hello);
        }
        else
        {
            _statistics.Refused++;
            connection.Refuse(*hello, isCompatible ? DerCode.Busy : DerCode.Protocol);
        }
    }

    internal void Forget(OfiConnection connection)
    {
        _connections.Remove(connection);
        _watch.Remove(connection);
    }

    /// <summary>A connection was given up because its peer was silent.</summary>
    internal void CountSilence() => _statistics.TimedOut++;

    /// <summary>
    /// The provider could not copy and does not say for whom, as shm does. A process that ended explains it. Otherwise all connections of
    /// the endpoint with transfers under way end, rather than one of the transfers waiting for ever.
    /// </summary>
    internal void CopyFailed(OfiEndpoint endpoint)
    {
        _watch.Look();
        if (_watch.HasEndedSince(Loop.NowNs - Limits.LossExplainsNs))
        {
            return;
        }

        foreach (OfiConnection? connection in _connections.Slots)
        {
            if (connection is { HasTransfers: true } && ReferenceEquals(connection.Endpoint, endpoint))
            {
                connection.PeerEnded();
            }
        }
    }

    /// <summary>Watches the process of a peer on this node.</summary>
    internal void Watch(OfiConnection connection, int processId)
    {
        if (_watch.TryAdd(connection, processId))
        {
            _watchTimer.EnsureArmed();
        }
    }

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

    /// <summary>What the endpoints still lend out, for leak reports.</summary>
    internal string DescribeHeld() =>
        string.Concat(_endpoints.Select(static e => e.DescribeHeld()));

    private DerResult<OfiEndpoint> DialEndpoint(OfiAddress address)
    {
        // One endpoint per provider and host that can be reached from it; addresses of names all lead through one.
        string route = address.IsName ? address.Scheme : $"{address.Scheme}://{address.Node}";
        OfiEndpoint? known = _endpoints.Find(e => e.Route == route);
        if (known is not null)
        {
            return known;
        }

        OfiAddress own = address.IsName ? address with { Service = ShmEndpoints.NewName(ProcessId, Random) } : address;
        DerResult<OfiEndpoint> endpoint = OpenEndpoint(own, listens: address.IsName);
        if (endpoint.IsSuccess)
        {
            endpoint.Value.Route = route;
        }

        return endpoint;
    }

    private DerResult<OfiEndpoint> OpenEndpoint(OfiAddress address, bool listens)
    {
        if (LibFabric.TryGet(out _) is not { } library)
        {
            return DerCode.NoSys;
        }

        if (_endpoints.Count == Limits.EndpointsPerContext)
        {
            return DerCode.Busy;
        }

        DerResult<OfiEndpoint> endpoint = OfiEndpoint.Open(this, library, address, listens);
        if (endpoint.IsSuccess)
        {
            _endpoints.Add(endpoint.Value);
            _slabs.ForEach(endpoint.Value.Registrations.Add);
        }

        return endpoint;
    }

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
