using Daos.Fabric.Transport.Ofi.Endpoints;
using Daos.Fabric.Transport.Ofi.Errors;
using Daos.Fabric.Transport.Ofi.Native;
using Daos.Fabric.Transport.Ofi.Wire;

namespace Daos.Fabric.Transport.Ofi.Connections;

/// <content>The way out: records into packets, packets into the window, one flush per turn.</content>
internal sealed unsafe partial class OfiConnection
{
    private SendPacket? _first;
    private SendPacket? _last;
    private long _queuedBytes;
    private int _sendsUnderWay;
    private uint _sequenceSent;
    private uint _peerProcessed;
    private ulong _peerToken;
    private bool _owesSign;
    private bool _asksForSign;
    private PacketFlags _owesGreeting;
    private DerCode _refusal;

    private bool HasQueue => _first is not null;

    /// <summary>Sends what the turn wrote, as far as window and provider allow.</summary>
    internal void Flush()
    {
        if (_state == State.Closed || !FlushGreeting() || _state == State.Greeting)
        {
            return;
        }

        while (_first is { } packet && _sequenceSent - _peerProcessed < Limits.WindowPackets)
        {
            Stamp(packet, _sequenceSent + 1, PacketFlags.None, 0);
            if (!TrySend(packet))
            {
                return;
            }

            _sequenceSent++;
        }

        FlushSigns();
        if (_state == State.Closing && !HasQueue)
        {
            _finish.Schedule();
        }
    }

    /// <summary>A packet of ours left the provider's hands.</summary>
    internal void Sent(int packetBytes, int error)
    {
        _sendsUnderWay--;
        _queuedBytes -= packetBytes - PacketHeaderWire.SizeBytes;
        if (error != 0)
        {
            Abort(FiErrors.ToCode(error));
        }
        else
        {
            TellWritable();
        }

        if (_state == State.Closing)
        {
            _finish.Schedule();
        }
    }

    // Null when no packet is left: the connection then closes.
    private byte* BeginRecord(int payloadBytes)
    {
        int recordBytes = RecordWire.RecordBytes(payloadBytes);
        if (_last is null || Endpoint.PacketBytes - _last.UsedBytes < recordBytes)
        {
            SendPacket? packet = Endpoint.TryRentSend(this);
            if (packet is null)
            {
                Abort(DerCode.NoMemory);
                return null;
            }

            Append(packet);
        }

        return _last!.Address + _last.UsedBytes + RecordWire.SizeBytes;
    }

    private void EndRecord(RecordKind kind, int payloadBytes)
    {
        SendPacket packet = _last!;
        int recordBytes = RecordWire.RecordBytes(payloadBytes);
        Invariant.Check(recordBytes <= Endpoint.PacketBytes - packet.UsedBytes);
        byte* record = packet.Address + packet.UsedBytes;
        *(RecordWire*)record = new RecordWire { LengthBytes = (uint)payloadBytes, Kind = kind };
        new Span<byte>(record + RecordWire.SizeBytes + payloadBytes, recordBytes - RecordWire.SizeBytes - payloadBytes).Clear();
        packet.UsedBytes += recordBytes;
        _queuedBytes += recordBytes;
        _context.MarkDirty(this);
    }

    // A message that is longer than a packet, whose last part says that it is whole.
    private void WriteInParts(ReadOnlySpan<byte> message)
    {
        RecordKind kind;
        do
        {
            int free = _last is null ? 0 : Endpoint.PacketBytes - _last.UsedBytes - RecordWire.SizeBytes;
            int room = free > 0 ? free : Endpoint.PacketBytes - PacketHeaderWire.SizeBytes - RecordWire.SizeBytes;
            int bytes = Math.Min(message.Length, room & ~7);
            byte* payload = BeginRecord(bytes);
            if (payload is null)
            {
                return;
            }

            message[..bytes].CopyTo(new Span<byte>(payload, bytes));
            message = message[bytes..];
            kind = message.Length > 0 ? RecordKind.Part : RecordKind.Message;
            EndRecord(kind, bytes);
        }
        while (kind == RecordKind.Part);
    }

    private void Append(SendPacket packet)
    {
        if (_last is null)
        {
            _first = packet;
        }
        else
        {
            _last.Next = packet;
        }

        _last = packet;
    }

    private void DropQueue()
    {
        while (_first is { } packet)
        {
            Unlink(packet);
            _queuedBytes -= packet.UsedBytes - PacketHeaderWire.SizeBytes;
            Endpoint.ReturnSend(packet);
        }
    }

    private void Unlink(SendPacket first)
    {
        _first = first.Next;
        _last = _first is null ? null : _last;
        first.Next = null;
    }

    private void Stamp(SendPacket packet, uint sequence, PacketFlags flags, int code)
    {
        var header = (PacketHeaderWire*)packet.Address;
        *header = new PacketHeaderWire
        {
            LengthBytes = (uint)packet.UsedBytes,
            Token = (flags & PacketFlags.Hello) != 0 ? 0 : _peerToken,
            Sequence = sequence,
            Processed = _processed,
            Version = PacketHeaderWire.CurrentVersion,
            Flags = flags,
            Code = code,
        };
        header->Crc = Core.Checksums.Crc32C.Compute(new ReadOnlySpan<byte>(packet.Address + sizeof(uint), packet.UsedBytes - sizeof(uint)));
    }

    // Sends the first packet of the queue; false when it stays there.
    private bool TrySend(SendPacket packet)
    {
        nint result = Endpoint.Send(packet, Peer, out bool completes);
        if (result == -FiErrno.FI_EAGAIN)
        {
            Endpoint.MarkStuck(this);
            return false;
        }

        if (result != 0)
        {
            Abort(FiErrors.ToCode(result));
            return false;
        }

        Unlink(packet);
        Gone(packet, completes);
        return true;
    }

    private void Gone(SendPacket packet, bool completes)
    {
        _acknowledged = _processed;
        _owesSign = false;
        if (completes)
        {
            _sendsUnderWay++;
            return;
        }

        _queuedBytes -= packet.UsedBytes - PacketHeaderWire.SizeBytes;
        Endpoint.ReturnSend(packet);
        if (_wantsWritable)
        {
            _context.ScheduleWritable();
        }
    }

    private void FlushSigns()
    {
        if (_asksForSign && SendOutside(PacketFlags.Ping, 0, null, 0))
        {
            _asksForSign = false;
        }

        if ((_owesSign || _processed - _acknowledged >= Limits.AcknowledgeEvery) && _state != State.Closed)
        {
            _ = SendOutside(PacketFlags.None, 0, null, 0);
        }
    }

    // A packet outside the sequence; false when the provider does not take it now, which has it tried again.
    private bool SendOutside(PacketFlags flags, int code, byte* payload, int payloadBytes)
    {
        SendPacket? packet = Endpoint.TryRentSend(this);
        if (packet is null)
        {
            Endpoint.MarkStuck(this);
            return false;
        }

        new ReadOnlySpan<byte>(payload, payloadBytes).CopyTo(new Span<byte>(packet.Address + packet.UsedBytes, payloadBytes));
        packet.UsedBytes += payloadBytes;
        _queuedBytes += payloadBytes;
        Stamp(packet, sequence: 0, flags, code);
        nint result = Endpoint.Send(packet, Peer, out bool completes);
        if (result == 0)
        {
            Gone(packet, completes);
            return true;
        }

        _queuedBytes -= payloadBytes;
        Endpoint.ReturnSend(packet);
        if (result == -FiErrno.FI_EAGAIN)
        {
            Endpoint.MarkStuck(this);
        }
        else
        {
            Abort(FiErrors.ToCode(result));
        }

        return false;
    }
}
