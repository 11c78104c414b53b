using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Transport.Ofi.Connections;
using Daos.Fabric.Transport.Ofi.Memory;
using Daos.Fabric.Transport.Ofi.Native;
using Daos.Fabric.Transport.Ofi.Wire;

namespace Daos.Fabric.Transport.Ofi.Endpoints;

/// <summary>
/// One connectionless (RDM) endpoint with its domain, address vector and completion queue, polled by the owner's turns. A context given to
/// libfabric is the number of a slot and of its use, so a completion that comes late, or never, harms nobody. Owned by its context's owner
/// thread.
/// </summary>
internal sealed unsafe partial class OfiEndpoint : IDisposable
{
    // Providers that want FI_CONTEXT2 write 64 bytes behind each context.
    private const int ContextBytes = 64;

    private readonly OfiContext _context;
    private readonly OfiTransfer?[] _pieces = new OfiTransfer?[Limits.TransferPieces];
    private readonly Stack<int> _idlePieces = new(Limits.TransferPieces);
    private readonly Stack<SendPacket> _idleSends = new();
    private readonly Stack<ReceivePacket> _idleReceives = new();
    private SendPacket[] _sends = [];
    private ReceivePacket?[] _receives = [];
    private uint[] _uses = [];
    private readonly Queue<OfiConnection> _stuck = new();
    private PeerAddresses _peers = null!;
    private void* _sendDescriptor;
    private void* _receiveDescriptor;
    private ulong _writeFlags;
    private int _copiedBytes;
    private bool _copyFails;

    /// <summary>The scheme of its addresses.</summary>
    internal string Scheme { get; private set; } = "";

    /// <summary>Bytes of a packet.</summary>
    internal int PacketBytes { get; private set; }

    /// <summary>Up to here a packet is copied by the call that sends it.</summary>
    internal int InjectBytes { get; private set; }

    /// <summary>True where a message may be longer than a packet.</summary>
    internal bool TakesParts => _assemblies is not null;

    /// <summary>True while only the reserve for replies is left.</summary>
    internal bool IsShort => _idleSends.Count <= SendReserve;

    /// <summary>Our address as peers need it to answer.</summary>
    internal ReadOnlySpan<byte> Name => _objects.Name;

    /// <summary>Memory regions.</summary>
    internal EndpointMemory Memory { get; private set; } = null!;

    /// <summary>Local memory in the form that the provider wants.</summary>
    internal RegistrationCache Registrations { get; private set; } = null!;

    /// <summary>Peers' memory that they may use now: the provider moves bytes for them while we poll.</summary>
    internal int ServedRegions { get; set; }

    /// <summary>Packets in use now, for sending and receiving.</summary>
    internal int PacketsHeld => _sends.Length - _idleSends.Count + _receivesHeld + _receivesPosted;

    /// <summary>Packets at most, for sending and receiving.</summary>
    internal int PacketsMax => _sends.Length + _receives.Length;

    private int SendReserve => _sends.Length / Limits.SendReserveShare;

    private int SlotCount => _receives.Length + _sends.Length + _pieces.Length;

    /// <summary>Makes a peer's address known; false when the provider refuses it or has no more room.</summary>
    internal bool TryAddPeer(ReadOnlySpan<byte> address, out ulong peer) => _peers.TryAdd(address, out peer);

    /// <summary>Forgets a peer's address some polls after its last connection ended.</summary>
    /// <param name="peer">The address.</param>
    /// <param name="isPending">The provider may still know of something under way with the peer.</param>
    internal void RemovePeer(ulong peer, bool isPending)
    {
        // shm looks for the peer behind everything it has under way, at any later time: such an address stays.
        if (!isPending || Guarded is null or { EndsInCall: true })
        {
            _peers.Release(peer, Polls);
        }
    }

    /// <summary>A packet to fill, or null when all are in use.</summary>
    internal SendPacket? TryRentSend(OfiConnection connection)
    {
        if (!_idleSends.TryPop(out SendPacket? packet))
        {
            return null;
        }

        packet.Connection = connection;
        packet.UsedBytes = PacketHeaderWire.SizeBytes;
        packet.Next = null;
        return packet;
    }

    /// <summary>Takes back a packet that the provider does not hold.</summary>
    internal void ReturnSend(SendPacket packet)
    {
        packet.Connection = null;
        _idleSends.Push(packet);
        if (_idleSends.Count == SendReserve + 1)
        {
            _context.ScheduleWritable();
        }
    }

    /// <summary>
    /// Sends a packet: 0 with <paramref name="completes"/> telling whether a completion follows (else the packet is the caller's again),
    /// or a negative FI_E code and nothing happened.
    /// </summary>
    internal nint Send(SendPacket packet, ulong peer, out bool completes)
    {
        completes = packet.UsedBytes > InjectBytes;
        if (_context.Fires(FaultPoint.SendReset))
        {
            return -FiErrno.FI_EIO;
        }

        bool isSpoiled = _context.Fires(FaultPoint.MessageCorrupted);
        packet.Address[packet.UsedBytes - 1] ^= isSpoiled ? (byte)1 : (byte)0;
        fid_ep* endpoint = _objects.Endpoint;
        Enter();
        nint result = completes
            ? endpoint->msg->send(endpoint, packet.Address, (nuint)packet.UsedBytes, _sendDescriptor, peer, ContextOf(SendSlot(packet.Index)))
            : endpoint->msg->inject(endpoint, packet.Address, (nuint)packet.UsedBytes, peer);
        Leave();

        // What was not taken is sealed and sent again.
        packet.Address[packet.UsedBytes - 1] ^= isSpoiled && result != 0 ? (byte)1 : (byte)0;
        return result;
    }

    /// <summary>Starts one piece of a transfer: 0, or a negative FI_E code (-FI_EAGAIN: later) and nothing happened.</summary>
    internal nint StartPiece(OfiTransfer transfer, ulong peer, byte* local, int lengthBytes, ulong remoteAddress, ulong fabricKey)
    {
        if (!_idlePieces.TryPeek(out int index) || _copiedBytes >= Limits.CopyBytesPerTurn)
        {
            return -FiErrno.FI_EAGAIN;
        }

        fid_ep* endpoint = _objects.Endpoint;
        ulong flags = FiFabric.FI_COMPLETION | (transfer.IsRead ? 0 : _writeFlags);
        void* descriptor = transfer.Registration.Descriptor;
        var own = new iovec { iov_base = local, iov_len = (nuint)lengthBytes };
        var remote = new fi_rma_iov { addr = remoteAddress, len = (nuint)lengthBytes, key = fabricKey };
        var message = new fi_msg_rma
        {
            msg_iov = &own,
            desc = &descriptor,
            iov_count = 1,
            addr = peer,
            rma_iov = &remote,
            rma_iov_count = 1,
            context = ContextOf(PieceSlot(index)),
        };
        Enter();
        nint result = transfer.IsRead ? endpoint->rma->readmsg(endpoint, &message, flags) : endpoint->rma->writemsg(endpoint, &message, flags);
        Leave();
        if (result == 0)
        {
            _ = _idlePieces.Pop();
            _pieces[index] = transfer;
            _copiedBytes += IsShm ? lengthBytes : 0;
            _copyFails |= IsShm && _context.Fires(FaultPoint.ProcessMemoryRefused);
        }

        return result;
    }

    /// <summary>The pieces of this transfer complete for nobody.</summary>
    internal void AbandonPieces(OfiTransfer transfer)
    {
        for (int i = 0; i < _pieces.Length; i++)
        {
            if (ReferenceEquals(_pieces[i], transfer))
            {
                _pieces[i] = null;
                if (TryEndUse(PieceSlot(i)))
                {
                    _idlePieces.Push(i);
                }
            }
        }
    }

    /// <summary>The packets that this connection has on their way complete for nobody: nobody reads them any more.</summary>
    internal void AbandonSends(OfiConnection connection)
    {
        foreach (SendPacket packet in _sends)
        {
            if (ReferenceEquals(packet.Connection, connection))
            {
                packet.Connection = null;
                if (TryEndUse(SendSlot(packet.Index)))
                {
                    ReturnSend(packet);
                }
            }
        }
    }

    /// <summary>Has the connection's refused requests tried again in the next poll.</summary>
    internal void MarkStuck(OfiConnection connection)
    {
        if (!connection.IsStuck)
        {
            connection.IsStuck = true;
            _stuck.Enqueue(connection);
        }
    }

    /// <summary>Packets that the layer above holds, for leak reports; empty when nothing leaks.</summary>
    internal string DescribeHeld()
    {
        int used = _sends.Length - _idleSends.Count;
        int pieces = Limits.TransferPieces - _idlePieces.Count;
        int regions = Memory.RegionsOpen - _packetRegions - Registrations.Count - ServedRegions;
        int assemblies = _assemblies?.Held ?? 0;
        return _receivesHeld == 0 && used == 0 && pieces == 0 && regions == 0 && assemblies == 0
            ? ""
            : $"{Scheme}: {_receivesHeld} packets received, {used} to be sent, {pieces} pieces, {regions} regions, {assemblies} long messages";
    }

    private int SendSlot(int index) => _receives.Length + index;

    private int PieceSlot(int index) => _receives.Length + _sends.Length + index;

    // What the guard of shm endpoints counts.
    private void Enter() => Guarded?.Step();

    private void Leave() => Guarded?.Step();
}
