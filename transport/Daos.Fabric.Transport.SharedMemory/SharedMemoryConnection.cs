using Daos.Fabric.Transport.Memory;

namespace Daos.Fabric.Transport.SharedMemory;

/// <summary>
/// Two rings in a segment shared with one peer, its doorbells, and the unix socket that tells of its death. Owned by its context's owner
/// thread.
/// <code>
/// state      meaning                                   leaves by
/// Greeting   hello sent or awaited                     the peer's hello -> Open     failure, hello deadline -> Closing
/// Open       everything is allowed                     BeginClose, BeginAbort -> Closing
/// Closing    nothing is received any more; what found  TryFinish -> Closed, once no peer can touch memory of ours
///            the ring full leaves, for a short time
/// Closed     everything pending was told               -
/// </code>
/// </summary>
internal sealed unsafe partial class SharedMemoryConnection : TransportConnection
{
    private readonly SharedMemoryContext _context;
    private readonly Reactor.Reactor _reactor;
    private readonly StreamConnect? _connect;
    private readonly string _peerName;
    private readonly RegistrationTable _registrations;
    private readonly PendingFrames _pending;
    private readonly int _socket;
    private bool _wantsWritable;
    private byte* _begun;

    /// <param name="context">The context it belongs to.</param>
    /// <param name="socket">A connected unix socket; closed with the connection.</param>
    /// <param name="peerName">For logs.</param>
    /// <param name="connect">Waits for the connection; null on the accepting side.</param>
    internal SharedMemoryConnection(SharedMemoryContext context, int socket, string peerName, StreamConnect? connect)
    {
        _context = context;
        _reactor = context.Loop.Reactor;
        _socket = socket;
        _peerName = peerName;
        _connect = connect;
        _registrations = new RegistrationTable(context.Random);
        _pending = new PendingFrames(context.Segments);
        _socketWatch = new SocketWatch(this);
        _bellWatch = new BellWatch(this);
        _timer = new ConnectionTimer(this);
        _finish = new FinishItem(this);
        _copy = new CopyItem(this);
    }

    private enum State : byte
    {
        Greeting,
        Open,
        Closing,
        Closed,
    }

    /// <inheritdoc/>
    public override string PeerName => _peerName;

    /// <inheritdoc/>
    public override string Scheme => SharedMemoryProvider.Scheme;

    /// <inheritdoc/>
    public override bool IsOpen => _state == State.Open;

    /// <inheritdoc/>
    public override bool CanSend
    {
        get
        {
            bool can = IsOpen && HasSendRoom(_context.Options.SendQueueBytesMax) && (_pending.IsEmpty || !_context.Segments.IsShort);
            _wantsWritable |= !can;
            return can;
        }
    }

    /// <summary>Why it ended; for logs.</summary>
    internal string CloseText { get; private set; } = "";

    /// <summary>Position in the context's list.</summary>
    internal int Index { get; set; } = -1;

    /// <summary>Position in the context's list of polled connections, -1 when it waits for its doorbell.</summary>
    internal int ActiveIndex { get; set; } = -1;

    /// <summary>True while the context's list of connections to flush names it.</summary>
    internal bool IsDirty { get; set; }

    /// <summary>The segment that both sides write, for tests; null when there is none.</summary>
    internal byte* SegmentAddress => _segment is null ? null : _segment.Address;

    /// <summary>Lines of each ring.</summary>
    internal int RingLines => _ringLines;

    /// <summary>True when the peer's memory can be reached by system calls.</summary>
    internal bool IsProcessReachable => _processReachable;

    /// <summary>Regions of the peer mapped now.</summary>
    internal int MappedRegionCount => _mapped.Count;

    private long QueuedBytes => ((long)_out.UsedLines * RingLayout.LineBytes) + _pending.LengthBytes;

    /// <inheritdoc/>
    public override Span<byte> BeginMessage(int maxBytes)
    {
        _context.Loop.Assert();
        Invariant.Check((uint)maxBytes <= (uint)_context.Options.MessageBytesMax);
        _begun = IsOpen && _pending.IsEmpty ? _out.TryBeginPrivately(maxBytes) : null;
        return new Span<byte>(_begun is null ? _context.Staging : _begun, maxBytes);
    }

    /// <inheritdoc/>
    public override void EndMessage(int lengthBytes)
    {
        if (!IsOpen)
        {
            return;
        }

        if (_begun is null)
        {
            Send(FrameKind.Message, _context.Staging, lengthBytes);
            return;
        }

        // Nothing else was sent between the two calls, or it stands where this message was written.
        Invariant.Check(_out.IsNext(_begun));
        _begun = null;
        _out.Publish(FrameKind.Message, lengthBytes);
        NoteSent();
    }

    /// <inheritdoc/>
    public override ValueTask<DerCode> ReadRemoteAsync(RemoteMemory memory, long offsetBytes, byte* destination, int lengthBytes) =>
        Transfer(read: true, memory, offsetBytes, destination, lengthBytes);

    /// <inheritdoc/>
    public override ValueTask<DerCode> WriteRemoteAsync(RemoteMemory memory, long offsetBytes, byte* source, int lengthBytes) =>
        Transfer(read: false, memory, offsetBytes, source, lengthBytes);

    /// <inheritdoc/>
    public override void Close(DerCode reason)
    {
        _context.Loop.Assert();
        BeginClose(reason, "");
    }

    /// <summary>Registers memory for this peer.</summary>
    internal RemoteMemory Register(byte* address, long lengthBytes, MemoryAccess access) =>
        IsOpen ? _registrations.Add(address, lengthBytes, access) : default;

    // Looks at the peer's head, which costs a line of its cache, only when what is known does not suffice.
    private bool HasSendRoom(long limitBytes)
    {
        if (QueuedBytes < limitBytes)
        {
            return true;
        }

        _out.RefreshHead();
        return QueuedBytes < limitBytes;
    }

    private void TellWritable()
    {
        if (_wantsWritable && IsOpen && HasSendRoom((_context.Options.SendQueueBytesMax / 2) + 1) && CanSend)
        {
            _wantsWritable = false;
            _context.Handler.OnWritable(this);
        }
    }

    private void Send(FrameKind kind, void* payload, int payloadBytes)
    {
        byte* room = _pending.IsEmpty ? _out.TryBegin(payloadBytes) : null;
        if (room is not null)
        {
            Unsafe.CopyBlockUnaligned(room, payload, (uint)payloadBytes);
            _out.Publish(kind, payloadBytes);
            NoteSent();
            return;
        }

        SendLater(kind, payload, payloadBytes);
    }

    private void SendLater(FrameKind kind, void* payload, int payloadBytes)
    {
        byte* room = _pending.TryAppend(kind, payloadBytes);
        if (room is null)
        {
            BeginClose(DerCode.NoMemory, "the peer does not take what is sent, and memory is used up");
            return;
        }

        Unsafe.CopyBlockUnaligned(room, payload, (uint)payloadBytes);
        Activate();
        if (!HasSendRoom((long)_context.Options.SendQueueBytesMax * Limits.SendQueueHardFactor))
        {
            BeginClose(DerCode.Dos, "the peer does not take what is sent");
        }
    }

    private void NoteSent()
    {
        _sent = true;
        _context.MarkDirty(this);
        Activate();
    }
}
