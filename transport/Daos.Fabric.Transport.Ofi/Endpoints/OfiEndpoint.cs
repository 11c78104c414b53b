using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Transport.Ofi.Connections;
using Daos.Fabric.Transport.Ofi.Memory;
using Daos.Fabric.Transport.Ofi.Native;
using Daos.Fabric.Transport.Ofi.Wire;

namespace Daos.Fabric.Transport.Ofi.Endpoints;

/// <summary>
/// One connectionless (RDM) endpoint with its domain, address vector and completion queue, polled by the owner's turns. A context given to
/// libfabric is the number of a slot and of its use, so a completion that comes late, or never, harms nobody: shm never completes what was
/// under way with a process that was killed.
/// Owned by its context's owner thread.
/// </summary>
internal sealed unsafe partial class OfiEndpoint : IDisposable
{
    // Providers that want FI_CONTEXT2 write 64 bytes behind each context.
    private const int ContextBytes = 64;
    private const int SlotCount = Limits.ReceivePackets + Limits.SendPackets + Limits.TransferPieces;

    private readonly OfiContext _context;
    private readonly SendPacket[] _sends = new SendPacket[Limits.SendPackets];
    private readonly Stack<SendPacket> _idleSends = new(Limits.SendPackets);
    private readonly ReceivePacket?[] _receives = new ReceivePacket?[Limits.ReceivePackets];
    private readonly Stack<ReceivePacket> _idleReceives = new(Limits.ReceivePackets);
    private readonly OfiTransfer?[] _pieces = new OfiTransfer?[Limits.TransferPieces];
    private readonly Stack<int> _idlePieces = new(Limits.TransferPieces);
    private readonly uint[] _uses = new uint[SlotCount];
    private readonly Queue<OfiConnection> _stuck = new();
    private readonly Dictionary<ulong, int> _addressUse = [];
    private NativeSlab? _contexts;
    private NativeSlab? _sendMemory;
    private NativeSlab? _receiveMemory;
    private int _receivesMade;
    private int _receivesPosted;
    private int _receivesWanted;
    private int _receivesHeld;

    /// <summary>The scheme of its addresses.</summary>
    internal string Scheme { get; private set; } = "";

    /// <summary>Bytes of a packet.</summary>
    internal int PacketBytes { get; }

    /// <summary>Up to here a packet is copied by the call that sends it.</summary>
    internal int InjectBytes { get; private set; }

    /// <summary>True while only the reserve for replies is left.</summary>
    internal bool IsShort => _idleSends.Count <= Limits.SendPacketReserve;

    /// <summary>Our address as peers need it to answer.</summary>
    internal ReadOnlySpan<byte> Name => _name;

    /// <summary>Local memory in the form that the provider wants.</summary>
    internal RegistrationCache Registrations { get; private set; } = null!;

    /// <summary>Completions with an error since the start.</summary>
    internal long ErrorCompletions { get; private set; }

    /// <summary>Completions of what had been given up, since the start.</summary>
    internal long LateCompletions { get; private set; }

    /// <summary>Packets that nobody understood since the start.</summary>
    internal long StrayPackets { get; private set; }

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
        if (_idleSends.Count == Limits.SendPacketReserve + 1)
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
        return completes
            ? _endpoint->msg->send(_endpoint, packet.Address, (nuint)packet.UsedBytes, _sendDescriptor, peer, ContextOf(SendSlot(packet.Index)))
            : _endpoint->msg->inject(_endpoint, packet.Address, (nuint)packet.UsedBytes, peer);
    }

    /// <summary>Starts one piece of a transfer: 0, or a negative FI_E code (-FI_EAGAIN: later) and nothing happened.</summary>
    internal nint StartPiece(OfiTransfer transfer, ulong peer, byte* local, int lengthBytes, ulong remoteAddress, ulong fabricKey)
    {
        if (!_idlePieces.TryPeek(out int index))
        {
            return -FiErrno.FI_EAGAIN;
        }

        void* descriptor = transfer.Registration.Descriptor;
        nint result;
        if (transfer.IsRead)
        {
            result = _endpoint->rma->read(_endpoint, local, (nuint)lengthBytes, descriptor, peer, remoteAddress, fabricKey, ContextOf(PieceSlot(index)));
        }
        else
        {
            // The completion must mean that the peer has the bytes, not that the network has them.
            var source = new iovec { iov_base = local, iov_len = (nuint)lengthBytes };
            var target = new fi_rma_iov { addr = remoteAddress, len = (nuint)lengthBytes, key = fabricKey };
            var message = new fi_msg_rma
            {
                msg_iov = &source,
                desc = &descriptor,
                iov_count = 1,
                addr = peer,
                rma_iov = &target,
                rma_iov_count = 1,
                context = ContextOf(PieceSlot(index)),
            };
            result = _endpoint->rma->writemsg(_endpoint, &message, FiFabric.FI_COMPLETION | FiFabric.FI_DELIVERY_COMPLETE);
        }

        if (result == 0)
        {
            _ = _idlePieces.Pop();
            _pieces[index] = transfer;
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

    /// <summary>Takes back a received packet that nobody holds.</summary>
    internal void Return(ReceivePacket packet)
    {
        _receivesHeld--;
        _idleReceives.Push(packet);
        if (!IsClosed)
        {
            PostReceives();
        }

        FreeWhenReturned();
    }

    /// <summary>Packets that the layer above holds, for leak reports; empty when nothing leaks.</summary>
    /// <param name="served">Regions that peers may use now.</param>
    internal string DescribeHeld(int served)
    {
        int used = Limits.SendPackets - _idleSends.Count;
        int pieces = Limits.TransferPieces - _idlePieces.Count;
        int regions = _regionsOpen - _packetRegions - Registrations.Count - served;
        return _receivesHeld == 0 && used == 0 && pieces == 0 && regions == 0
            ? ""
            : $"{Scheme}: {_receivesHeld} packets received, {used} to be sent, {pieces} pieces, {regions} regions";
    }

    /// <summary>Progress: takes completions, posts receives, tries refused requests again. Returns how much happened.</summary>
    internal int Poll()
    {
        int events = TakeCompletions();
        for (int i = _stuck.Count; i > 0; i--)
        {
            OfiConnection connection = _stuck.Dequeue();
            connection.IsStuck = false;
            connection.Retry();
        }

        return events;
    }

    private int TakeCompletions()
    {
        fi_cq_msg_entry* entries = stackalloc fi_cq_msg_entry[Limits.CompletionsPerPoll];
        nint count = _queue->ops->read(_queue, entries, Limits.CompletionsPerPoll);
        if (count == -FiErrno.FI_EAVAIL)
        {
            TakeError();
            return 1;
        }

        for (nint i = 0; i < count; i++)
        {
            Complete(entries[i].op_context, (long)entries[i].len, 0);
        }

        return count > 0 ? (int)count : 0;
    }

    private void TakeError()
    {
        fi_cq_err_entry entry = default;
        if (_queue->ops->readerr(_queue, &entry, 0) > 0)
        {
            ErrorCompletions++;
            Complete(entry.op_context, 0, entry.err == 0 ? FiErrno.FI_ECANCELED : entry.err);
        }
    }

    private void Complete(void* context, long lengthBytes, int error)
    {
        int slot = SlotOf(context);
        if (slot < 0)
        {
            LateCompletions++;
            return;
        }

        if (slot < Limits.ReceivePackets)
        {
            Received(_receives[slot]!, lengthBytes, error);
        }
        else if (slot < Limits.ReceivePackets + Limits.SendPackets)
        {
            SendPacket packet = _sends[slot - Limits.ReceivePackets];
            OfiConnection? connection = packet.Connection;
            int bytes = packet.UsedBytes;
            ReturnSend(packet);
            connection?.Sent(bytes, error);
        }
        else
        {
            int index = slot - Limits.ReceivePackets - Limits.SendPackets;
            OfiTransfer? transfer = _pieces[index];
            _pieces[index] = null;
            _idlePieces.Push(index);
            transfer?.Connection.PieceDone(transfer, error);
        }
    }

    private void Received(ReceivePacket packet, long lengthBytes, int error)
    {
        _receivesPosted--;
        _receivesHeld++;
        packet.AddHolder();
        packet.LengthBytes = (int)lengthBytes;
        PostReceives();
        if (error == 0)
        {
            Deliver(packet);
        }

        packet.Release();
    }

    private void Deliver(ReceivePacket packet)
    {
        var header = (PacketHeaderWire*)packet.Address;
        int length = packet.LengthBytes;
        if (length < PacketHeaderWire.SizeBytes || header->LengthBytes != (uint)length || header->Version != PacketHeaderWire.CurrentVersion
            || header->Crc != Core.Checksums.Crc32C.Compute(new ReadOnlySpan<byte>(packet.Address + sizeof(uint), length - sizeof(uint))))
        {
            StrayPackets++;
            return;
        }

        if ((header->Flags & PacketFlags.Hello) != 0)
        {
            _context.Greeted(this, packet);
        }
        else if (_context.Find(header->Token) is { } connection && ReferenceEquals(connection.Endpoint, this))
        {
            connection.Arrived(packet);
        }
        else
        {
            StrayPackets++;
        }
    }

    private void PostReceives()
    {
        while (_receivesPosted < _receivesWanted && NextReceive() is { } packet)
        {
            nint result = _endpoint->msg->recv(
                _endpoint, packet.Address, (nuint)PacketBytes, _receiveDescriptor, FiDomain.FI_ADDR_UNSPEC, ContextOf(packet.Index));
            if (result != 0)
            {
                _idleReceives.Push(packet);
                return;
            }

            _receivesPosted++;
        }
    }

    private ReceivePacket? NextReceive()
    {
        if (_idleReceives.TryPop(out ReceivePacket? packet))
        {
            return packet;
        }

        if (_receivesMade == Limits.ReceivePackets)
        {
            return null;
        }

        int index = _receivesMade++;
        packet = new ReceivePacket(this, _receiveMemory!.Address + ((long)index * PacketBytes), index);
        _receives[index] = packet;
        return packet;
    }

    private static int SendSlot(int index) => Limits.ReceivePackets + index;

    private static int PieceSlot(int index) => Limits.ReceivePackets + Limits.SendPackets + index;

    // Where the provider wants memory behind a context it gets some, and a slot waits for its completion however long that takes.
    private void* ContextOf(int slot) =>
        _contexts is { } memory ? memory.Address + ((long)slot * ContextBytes) : (void*)(((ulong)_uses[slot] << 32) | (uint)slot);

    // -1 when the use that the context names was given up.
    private int SlotOf(void* context)
    {
        if (_contexts is { } memory)
        {
            return (int)(((byte*)context - memory.Address) / ContextBytes);
        }

        int slot = (int)(uint)(ulong)context;
        Invariant.Check((uint)slot < SlotCount);
        return _uses[slot] == (uint)((ulong)context >> 32) ? slot : -1;
    }

    private bool TryEndUse(int slot)
    {
        if (_contexts is not null)
        {
            return false;
        }

        _uses[slot]++;
        return true;
    }
}
