using Daos.Fabric.Transport.Ofi.Endpoints;
using Daos.Fabric.Transport.Ofi.Wire;

namespace Daos.Fabric.Transport.Ofi.Connections;

/// <content>The way in: hello, sequence, records. Everything is checked before anything is done for it.</content>
internal sealed unsafe partial class OfiConnection
{
    private readonly ReceivePacket?[] _parked = new ReceivePacket?[Limits.WindowPackets];
    private int _parkedCount;
    private int _resumeOffset;
    private Assembly? _assembly;
    private uint _processed;
    private uint _acknowledged;
    private long _lastHeardNs;

    /// <summary>True once the provider took our hello.</summary>
    internal bool WasHelloTaken => _owesGreeting == PacketFlags.None;

    /// <summary>Says hello and waits for the answer.</summary>
    internal void SayHello()
    {
        _owesGreeting = PacketFlags.Hello;
        Flush();
    }

    /// <summary>Takes a peer that said hello.</summary>
    internal void Accept(in HelloWire hello)
    {
        _state = State.Open;
        _peerToken = hello.Token;
        _owesGreeting = PacketFlags.HelloReply;
        Opened(hello);
        _context.Handler.OnAccepted(this);
        Flush();
    }

    /// <summary>Tells a peer that said hello why not, and forgets it.</summary>
    internal void Refuse(in HelloWire hello, DerCode reason)
    {
        _peerToken = hello.Token;
        _refusal = reason;
        _owesGreeting = PacketFlags.HelloReply;
        MarkClosing(reason);
        ArmLinger();
        Flush();
    }

    /// <summary>A packet with our token.</summary>
    internal void Arrived(ReceivePacket packet)
    {
        var header = (PacketHeaderWire*)packet.Address;
        _lastHeardNs = _context.Loop.NowNs;
        if ((header->Flags & PacketFlags.HelloReply) != 0)
        {
            Answered(packet);
            return;
        }

        if ((header->Flags & PacketFlags.Reset) != 0)
        {
            Abort(DerCode.Unreachable);
            if ((header->Flags & PacketFlags.Quiet) != 0)
            {
                Served.EndAll();
                _finish.Schedule();
            }

            return;
        }

        if (!TakeProcessed(header->Processed))
        {
            Abort(DerCode.Protocol);
            return;
        }

        if ((header->Flags & PacketFlags.Ping) != 0)
        {
            _owesSign = true;
            _context.MarkDirty(this);
        }

        if (header->Sequence != 0)
        {
            TakeSequenced(packet, header->Sequence);
        }
    }

    private void Opened(in HelloWire hello)
    {
        Endpoint.HasPeersHere |= hello.ProcessId == _context.ProcessId;
        if (hello.NodeId != _context.NodeId || _context.NodeId == 0)
        {
            Unwatch();
        }
        else
        {
            Watch(hello.ProcessId);
        }

        _timer.ArmIn(_context.PingNs);
    }

    private void Answered(ReceivePacket packet)
    {
        var header = (PacketHeaderWire*)packet.Address;
        if (_state != State.Greeting)
        {
            return;
        }

        if (header->Code != 0)
        {
            Abort(new DerCode(header->Code));
            return;
        }

        var hello = (HelloWire*)(packet.Address + PacketHeaderWire.SizeBytes);
        if (packet.LengthBytes < PacketHeaderWire.SizeBytes + HelloWire.SizeBytes || hello->Magic != HelloWire.MagicValue)
        {
            Abort(DerCode.Protocol);
            return;
        }

        _peerToken = hello->Token;
        _state = State.Open;
        Opened(*hello);
        _connect!.Succeed(this);
        ProcessParked();
    }

    private bool TakeProcessed(uint processed)
    {
        uint ahead = processed - _peerProcessed;
        if (ahead == 0 || ahead > int.MaxValue)
        {
            // The same, or an older packet that came later.
            return true;
        }

        if (ahead > _sequenceSent - _peerProcessed)
        {
            return false;
        }

        _peerProcessed = processed;
        if (HasQueue)
        {
            _context.MarkDirty(this);
        }

        return true;
    }

    // Providers keep the order in which receives are matched, not the order in which they complete: a long packet is fetched, and a short
    // one behind it is there at once.
    private void TakeSequenced(ReceivePacket packet, uint sequence)
    {
        uint ahead = sequence - (_processed + 1);
        ref ReceivePacket? place = ref _parked[sequence % Limits.WindowPackets];
        if (ahead >= Limits.WindowPackets || place is not null)
        {
            Abort(DerCode.Protocol);
            return;
        }

        if (ahead > 0 || _state == State.Greeting || !Process(packet))
        {
            place = packet;
            packet.AddHolder();
            _parkedCount++;
            return;
        }

        ProcessParked();
    }

    private void ProcessParked()
    {
        while (_parkedCount > 0)
        {
            ref ReceivePacket? place = ref _parked[(_processed + 1) % Limits.WindowPackets];
            if (place is not { } packet || !Process(packet))
            {
                return;
            }

            place = null;
            _parkedCount--;
            packet.Release();
        }
    }

    private void DropParked()
    {
        _assembly?.Release();
        _assembly = null;
        for (int i = 0; i < _parked.Length; i++)
        {
            _parked[i]?.Release();
            _parked[i] = null;
        }

        _parkedCount = 0;
    }

    // False when memory for a long message is missing: the packet waits, and is taken up where it was left.
    private bool Process(ReceivePacket packet)
    {
        int offset = _resumeOffset > 0 ? _resumeOffset : PacketHeaderWire.SizeBytes;
        _resumeOffset = 0;
        while (offset < packet.LengthBytes)
        {
            var record = (RecordWire*)(packet.Address + offset);
            int room = packet.LengthBytes - offset - RecordWire.SizeBytes;
            if (room < 0 || record->LengthBytes > (uint)room || RecordWire.RecordBytes((int)record->LengthBytes) - RecordWire.SizeBytes > room)
            {
                Abort(DerCode.Protocol);
                return true;
            }

            if (record->Kind == RecordKind.Part && _assembly is null && Endpoint.TakesParts && (_assembly = Endpoint.TryRentAssembly(this)) is null)
            {
                _resumeOffset = offset;
                return false;
            }

            if (!Take(packet, record->Kind, (byte*)(record + 1), (int)record->LengthBytes))
            {
                Abort(DerCode.Protocol);
                return true;
            }

            offset += RecordWire.RecordBytes((int)record->LengthBytes);
        }

        _processed++;
        if (_processed - _acknowledged >= Limits.AcknowledgeEvery)
        {
            _context.MarkDirty(this);
        }

        return true;
    }

    private bool Take(ReceivePacket packet, RecordKind kind, byte* payload, int lengthBytes)
    {
        switch (kind)
        {
            case RecordKind.Message when lengthBytes <= _context.Options.MessageBytesMax:
                return TakeMessage(packet, payload, lengthBytes);
            case RecordKind.Part:
                return _assembly is { } assembly && assembly.TryAppend(payload, lengthBytes);
            case RecordKind.Lease when lengthBytes == KeyWire.SizeBytes:
                return Serve(((KeyWire*)payload)->Key);
            case RecordKind.Grant when lengthBytes == GrantWire.SizeBytes:
                return Granted(*(GrantWire*)payload);
            case RecordKind.Return when lengthBytes == KeyWire.SizeBytes:
                return Returned(((KeyWire*)payload)->Key);
            case RecordKind.Revoke when lengthBytes == KeyWire.SizeBytes:
                Revoked(((KeyWire*)payload)->Key);
                return true;
            case RecordKind.Goodbye when lengthBytes == sizeof(long):
                BeginClose(DerCode.Unreachable);
                return true;
            default:
                return false;
        }
    }

    // False for a message in parts that is too long.
    private bool TakeMessage(ReceivePacket packet, byte* payload, int lengthBytes)
    {
        if (_assembly is not { } assembly)
        {
            Deliver(payload, lengthBytes, packet);
            return true;
        }

        _assembly = null;
        bool isSound = assembly.TryAppend(payload, lengthBytes);
        if (isSound)
        {
            Deliver(assembly.Address, assembly.UsedBytes, assembly);
        }

        assembly.Release();
        return isSound;
    }

    private void Deliver(byte* message, int lengthBytes, MessageSegment segment)
    {
        if (IsOpen)
        {
            _context.Handler.OnMessage(this, new InboundMessage(message, lengthBytes, segment));
        }
    }

    // False for a second lease of the same memory.
    private bool Serve(ulong key)
    {
        if (!Served.TryServe(key, out GrantWire grant))
        {
            return false;
        }

        byte* payload = BeginRecord(GrantWire.SizeBytes);
        if (payload != null)
        {
            *(GrantWire*)payload = grant;
            EndRecord(RecordKind.Grant, GrantWire.SizeBytes);
        }

        return true;
    }

    private bool Returned(ulong key)
    {
        if (_state == State.Closing)
        {
            _finish.Schedule();
        }

        return Served.Returned(key);
    }

    // True when no hello or answer is owed any more.
    private bool FlushGreeting()
    {
        if (_owesGreeting == PacketFlags.None)
        {
            return true;
        }

        byte* payload = stackalloc byte[HelloWire.SizeBytes + Limits.AddressBytes];
        bool isHello = _owesGreeting == PacketFlags.Hello;
        ReadOnlySpan<byte> name = isHello ? Endpoint.Name : default;
        *(HelloWire*)payload = new HelloWire
        {
            Magic = HelloWire.MagicValue,
            VersionMin = PacketHeaderWire.CurrentVersion,
            VersionMax = PacketHeaderWire.CurrentVersion,
            Token = Token,
            NodeId = _context.NodeId,
            ProcessId = _context.ProcessId,
            MessageBytesMax = (uint)_context.Options.MessageBytesMax,
            AddressBytes = (ushort)name.Length,
        };
        name.CopyTo(new Span<byte>(payload + HelloWire.SizeBytes, Limits.AddressBytes));
        if (!SendOutside(_owesGreeting, _refusal.Value, payload, HelloWire.SizeBytes + name.Length))
        {
            return false;
        }

        _owesGreeting = PacketFlags.None;
        return true;
    }
}
