using Daos.Fabric.Transport.SharedMemory.Native;

namespace Daos.Fabric.Transport.SharedMemory;

/// <summary>The unix socket: who the peer is, the greeting with its descriptors, regions that come later, and the peer's end.</summary>
internal sealed unsafe partial class SharedMemoryConnection
{
    private readonly SocketWatch _socketWatch;
    private int _peerProcess;
    private bool _peerGone;

    /// <summary>Checks the peer, says hello if this side connected, and waits for the peer's.</summary>
    internal void Start()
    {
        _reactor.Timers.Arm(_timer, _context.Loop.NowNs + Limits.HelloNs);
        if (!DescriptorSocket.TryGetPeer(_socket, out PeerCredentials peer) || peer.UserId != Unistd.geteuid())
        {
            CloseText = $"the peer is user {peer.UserId}";
            BeginAbort(DerCode.NoPerm);
            return;
        }

        _peerProcess = peer.ProcessId;
        DerCode code = _connect is null ? DerCode.Success : Offer();
        if (code.IsError)
        {
            BeginAbort(code);
            return;
        }

        _reactor.WaitReadable(_socket, _socketWatch);
    }

    // The connecting side makes the segment.
    private DerCode Offer()
    {
        _ringLines = RingLayout.LinesFor(_context.Options.MessageBytesMax);
        DerResult<SharedSegment> segment = SharedSegment.Create(RingLayout.SegmentBytes(_ringLines), out int descriptor);
        if (!segment.IsSuccess)
        {
            return segment.Code;
        }

        _segment = segment.Value;
        DerCode code = SayHello(descriptor);
        _ = Unistd.close(descriptor);
        return code;
    }

    private DerCode SayHello(int segment)
    {
        _ownBell = Eventfd.eventfd(0, Eventfd.EFD_CLOEXEC | Eventfd.EFD_NONBLOCK);
        if (_ownBell < 0)
        {
            return DerCode.Again;
        }

        bool mayBeReached = _context.Provider.Options.UseProcessMemory;
        var hello = new HelloWire
        {
            Magic = HelloWire.MagicValue,
            VersionMin = HelloWire.CurrentVersion,
            VersionMax = HelloWire.CurrentVersion,
            MessageBytesMax = (uint)_context.Options.MessageBytesMax,
            RingLines = _connect is null ? 0 : (uint)_ringLines,
            ProbeAddress = mayBeReached ? (ulong)_context.ProbeAddress : 0,
            ProbeValue = mayBeReached ? *_context.ProbeAddress : 0,
        };
        Span<int> descriptors = _connect is null ? [_ownBell] : [segment, _ownBell];
        int sent = DescriptorSocket.Send(_socket, &hello, HelloWire.SizeBytes, descriptors);
        return sent == HelloWire.SizeBytes ? DerCode.Success : DerCode.Unreachable;
    }

    private void OnSocketReadable()
    {
        if (_state == State.Greeting)
        {
            ReadHello();
        }
        else
        {
            ReadSocket();
        }

        if (!_peerGone && !_stopping && !_socketWatch.IsActive && _state != State.Closed)
        {
            _reactor.WaitReadable(_socket, _socketWatch);
        }

        TryFinish();
    }

    private void ReadHello()
    {
        HelloWire hello;
        Span<int> descriptors = stackalloc int[DescriptorSocket.DescriptorsMax];
        int received = DescriptorSocket.Receive(_socket, &hello, HelloWire.SizeBytes, descriptors);
        if (received is -Errno.Again or -Errno.Interrupted)
        {
            return;
        }

        DerCode code = received switch
        {
            HelloWire.SizeBytes => Accept(hello, descriptors),
            <= 0 => DerCode.Unreachable,
            _ => DerCode.Protocol,
        };
        DescriptorSocket.Close(descriptors);
        if (code.IsError)
        {
            _peerGone |= received == 0;
            BeginAbort(code);
        }
    }

    // Takes the doorbell out of the descriptors; the rest is closed by the caller.
    private DerCode Accept(in HelloWire hello, Span<int> descriptors)
    {
        bool isServer = _connect is null;
        int bell = isServer ? 1 : 0;
        bool complete = descriptors[bell] >= 0 && (isServer || descriptors[1] < 0);
        if (!complete || !hello.IsAcceptable(_context.Options.MessageBytesMax) || !Doorbell.IsEventfd(descriptors[bell]))
        {
            CloseText = "the peer's hello does not fit";
            return DerCode.Protocol;
        }

        if (isServer)
        {
            DerCode code = AcceptSegment(hello.RingLines, descriptors[0]);
            code = code.IsSuccess ? SayHello(-1) : code;
            if (code.IsError)
            {
                return code;
            }
        }

        _peerBell = descriptors[bell];
        descriptors[bell] = -1;
        _processReachable = _context.Provider.Options.UseProcessMemory && hello.ProbeAddress != 0
            && ProcessMemory.CanReach(_peerProcess, hello.ProbeAddress, hello.ProbeValue);
        if (!_processReachable && _context.Provider.Options.UseProcessMemory && hello.ProbeAddress != 0)
        {
            _context.Provider.NoticeOnce(_context.Options.Notice, Limits.ProcessMemoryRefused);
        }

        Open();
        return DerCode.Success;
    }

    private DerCode AcceptSegment(uint lines, int descriptor)
    {
        if (!RingLayout.IsValid(lines, _context.Options.MessageBytesMax))
        {
            return DerCode.Protocol;
        }

        _ringLines = (int)lines;
        DerResult<SharedSegment> segment = SharedSegment.Open(descriptor, RingLayout.SegmentBytes(_ringLines));
        _segment = segment.IsSuccess ? segment.Value : null;
        return segment.Code;
    }

    private void Open()
    {
        int side = _connect is null ? 1 : 0;
        byte* address = _segment!.Address;
        int payloadBytesMax = Math.Max(_context.Options.MessageBytesMax, DataWire.SizeBytes + Limits.DataBytes);
        _out = new RingWriter(address, side, _ringLines);
        _in = new RingReader(address, 1 - side, _ringLines, payloadBytesMax);
        _ownFlags = RingLayout.FlagsOf(address, side);
        _peerFlags = RingLayout.FlagsOf(address, 1 - side);
        _state = State.Open;
        _reactor.Timers.Disarm(_timer);
        _reactor.WaitReadable(_ownBell, _bellWatch);
        Activate();
        if (_connect is not null)
        {
            _connect.Succeed(this);
        }
        else
        {
            _context.Handler.OnAccepted(this);
        }
    }

    // Regions that the peer shares, and its end.
    private void ReadSocket()
    {
        Span<int> descriptors = stackalloc int[DescriptorSocket.DescriptorsMax];
        while (!_peerGone)
        {
            RegionWire wire;
            int received = DescriptorSocket.Receive(_socket, &wire, RegionWire.SizeBytes, descriptors);
            if (received is -Errno.Again or -Errno.Interrupted)
            {
                return;
            }

            if (received <= 0)
            {
                DescriptorSocket.Close(descriptors);
                OnPeerGone();
                return;
            }

            bool fits = received == RegionWire.SizeBytes && wire.Magic == RegionWire.MagicValue && descriptors[0] >= 0;
            DerCode code = !fits ? DerCode.Protocol : _state == State.Open ? _mapped.Add(wire.Region, wire.LengthBytes, descriptors[0]) : DerCode.Success;
            DescriptorSocket.Close(descriptors);
            if (code.IsError && _state == State.Open)
            {
                CloseText = "the peer's region cannot be mapped";
                BeginAbort(code);
            }
        }
    }

    // What the peer wrote before its end is in the ring still.
    private void OnPeerGone()
    {
        _peerGone = true;
        if (_state == State.Open)
        {
            TakeFrames(_ringLines);
        }

        BeginAbort(DerCode.Unreachable);
    }

    private sealed class SocketWatch(SharedMemoryConnection connection) : ReactorOperation
    {
        protected override void Complete(int result, bool more) => connection.OnSocketReadable();
    }
}
