using Daos.Fabric.Transport.Ofi.Connections;
using Daos.Fabric.Transport.Ofi.Endpoints;
using Daos.Fabric.Transport.Ofi.Native;
using Daos.Fabric.Transport.Ofi.Wire;

namespace Daos.Fabric.Transport.Ofi;

/// <content>Who comes and goes: hellos, endpoints for dialling, processes that ended.</content>
internal sealed unsafe partial class OfiContext
{
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
        if (!isSound || !hasSlot || Fires(FaultPoint.AcceptFailed) || !endpoint.TryAddPeer(address, out ulong peer))
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
        Unwatch(connection);
    }

    /// <summary>Watches the peer's process no more.</summary>
    internal void Unwatch(OfiConnection connection) => _watch.Remove(connection);

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

    // A name of shm tells whose it is before anything is said to it; one that nobody has any more would never answer, and may have been left
    // locked. 0 where the process is not known.
    private int OwnerOf(OfiEndpoint endpoint, ReadOnlySpan<byte> address) =>
        endpoint.IsShm && Ofi.WatchProcesses ? ShmRegionView.OwnerOf(address) : 0;

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
}
