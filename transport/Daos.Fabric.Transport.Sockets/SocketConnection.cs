using Daos.Fabric.Transport.Memory;

namespace Daos.Fabric.Transport.Sockets;

/// <summary>
/// One stream socket with its frames, transfers and registered memory. Owned by its context's owner thread.
/// <code>
/// state      meaning                                   leaves by
/// Greeting   hello sent, the peer's is awaited         OnHello -> Open        BeginClose, hello deadline -> Closing
/// Open       everything is allowed                     BeginClose -> Closing
/// Closing    nothing is received any more; what was    TryFinish -> Closed, once the reactor holds no memory of it
///            written still leaves, for a short time
/// Closed     everything pending was told               -
/// </code>
/// </summary>
internal sealed unsafe partial class SocketConnection : TransportConnection, IFrameSink
{
    /// <summary>Native memory of a connection that holds no segment, in bytes.</summary>
    internal const int FixedMemoryBytes = FrameWriter.FixedMemoryBytes;

    private readonly SocketContext _context;
    private readonly Reactor.Reactor _reactor;
    private readonly StreamConnect? _connect;
    private readonly string _peerName;
    private readonly SegmentBuffer _in;
    private readonly FrameReader _reader;
    private readonly FrameWriter _writer;
    private readonly TransferTable _transfers = new();
    private readonly RegistrationTable _registrations;
    private readonly List<BulkSource> _serving = [];
    private readonly OwnerPool<BulkSource> _sources;
    private readonly int _socket;
    private bool _wantsWritable;
    private ulong _writeKey;
    private bool _moreChunks;

    /// <param name="context">The context it belongs to.</param>
    /// <param name="socket">A connected socket; closed with the connection.</param>
    /// <param name="peerName">For logs.</param>
    /// <param name="connect">Waits for the connection; null on the accepting side.</param>
    /// <param name="record">Stands between stream and socket; owned by the connection. Null for nothing.</param>
    internal SocketConnection(SocketContext context, int socket, string peerName, StreamConnect? connect, RecordLayer? record)
    {
        _context = context;
        _reactor = context.Loop.Reactor;
        _socket = socket;
        _peerName = peerName;
        _connect = connect;
        _sources = OwnerPool<BulkSource>.Of(context.Loop);
        _registrations = new RegistrationTable(context.Random);
        _in = new SegmentBuffer(context.Loop, context.Segments);
        _reader = new FrameReader(_in, context.Options.MessageBytesMax, this);
        _writer = new FrameWriter(new SegmentBuffer(context.Loop, context.Segments), context.Zeros, context.Options.BulkChecksums)
        {
            SourceSent = OnSourceSent,
        };
        _record = record;
        if (record is not null)
        {
            _cipherIn = new SegmentBuffer(context.Loop, context.Segments);
            _cipherOut = new SegmentBuffer(context.Loop, context.Segments);
        }

        _receive = new ReceiveOperation(this);
        _send = new SendOperation(this);
        _timer = new ConnectionTimer(this);
        _finish = new FinishItem(this);
        _copy = new CopyItem(this);
        _fetches = OwnerPool<ProcessCopy>.Of(context.Loop);
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
    public override string Scheme => ConnectedScheme;

    /// <summary>See <see cref="Scheme"/>; set with the construction.</summary>
    internal string ConnectedScheme { get; init; } = "";

    /// <inheritdoc/>
    public override bool IsOpen => _state == State.Open;

    /// <inheritdoc/>
    public override bool CanSend
    {
        get
        {
            bool can = IsOpen && _writer.QueuedBytes < _context.Options.SendQueueBytesMax && (!_context.Segments.IsShort || _writer.QueuedBytes == 0);
            _wantsWritable |= !can;
            return can;
        }
    }

    /// <summary>Memory that it holds now, in bytes, registered memory aside.</summary>
    internal long MemoryBytes => FixedMemoryBytes + _in.HeldBytes + _writer.HeldBytes + (_cipherIn?.HeldBytes ?? 0) + (_cipherOut?.HeldBytes ?? 0);

    /// <summary>What the peer said in its goodbye, or what was said to it; for logs.</summary>
    internal string CloseText { get; private set; } = "";

    /// <summary>Position in the context's list.</summary>
    internal int Index { get; set; } = -1;

    /// <summary>True while the context's list of connections to flush names it.</summary>
    internal bool IsDirty { get; set; }

    /// <summary>True while the context's list of connections without receive memory names it.</summary>
    internal bool IsStarved { get; set; }

    /// <inheritdoc/>
    public override Span<byte> BeginMessage(int maxBytes)
    {
        _context.Loop.Assert();
        Invariant.Check((uint)maxBytes <= (uint)_context.Options.MessageBytesMax);
        if (!IsOpen)
        {
            return _context.Scratch(maxBytes);
        }

        byte* payload = _writer.BeginFrame(maxBytes);
        if (payload is null)
        {
            GiveUpSlow(DerCode.NoMemory, "the peer does not take what is sent, and memory is used up");
            return _context.Scratch(maxBytes);
        }

        return new Span<byte>(payload, maxBytes);
    }

    /// <inheritdoc/>
    public override void EndMessage(int lengthBytes)
    {
        if (IsOpen)
        {
            EndFrame(FrameKind.Message, 0, lengthBytes);
            if (FaultRegistry.Fires(_context.Options.Faults, FaultPoint.MessageCorrupted))
            {
                _writer.CorruptNewest();
            }
        }
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

    /// <summary>Says hello and begins to receive.</summary>
    internal void Start()
    {
        _reactor.Timers.Arm(_timer, _context.Loop.NowNs + Limits.HelloNs);
        if (_record is not null && _record.Start(_cipherOut!) is { IsError: true } code)
        {
            RefuseRecords(code);
        }

        GreetWhenReady();
        if (HasOutgoing)
        {
            _context.MarkDirty(this);
        }

        StartReceive();
    }

    // A frame takes a segment, which a peer is not worth before it could read one.
    private void GreetWhenReady()
    {
        if (_greeted || _record is { IsReady: false })
        {
            return;
        }

        _greeted = true;
        LetPeerCopy();
        int helloBytes = HelloWire.SizeBytes + (_letsCopy ? HelloProbeWire.SizeBytes : 0);
        var hello = (HelloWire*)_writer.BeginFrame(helloBytes);
        Invariant.Check(hello is not null);
        *hello = new HelloWire
        {
            Magic = HelloWire.MagicValue,
            VersionMin = HelloWire.Version,
            VersionMax = HelloWire.Version,
            Features = HelloWire.AnswersPings | (_letsCopy ? HelloWire.LetsCopy : 0),
            ConnectionId = _context.Random.NextUInt64(),
            MessageBytesMax = (uint)_context.Options.MessageBytesMax,
            ChunkBytesMax = Limits.ChunkBytesMax,
        };
        if (_letsCopy)
        {
            *(HelloProbeWire*)(hello + 1) = new HelloProbeWire { Address = (ulong)_context.ProbeAddress, Value = *_context.ProbeAddress };
        }

        EndFrame(FrameKind.Hello, 0, helloBytes);
    }

    /// <summary>Registers memory for this peer.</summary>
    internal RemoteMemory Register(byte* address, long lengthBytes, MemoryAccess access) =>
        IsOpen ? _registrations.Add(address, lengthBytes, access) : default;

    /// <summary>Tells the handler that there is room again, when it was refused before.</summary>
    internal void TellWritable()
    {
        if (_wantsWritable && IsOpen && _writer.QueuedBytes <= _context.Options.SendQueueBytesMax / 2 && CanSend)
        {
            _wantsWritable = false;
            _context.Handler.OnWritable(this);
        }
    }

    private void GiveUpSlow(DerCode code, string text)
    {
        _context.Counts.Overrun++;
        BeginClose(code, text);
    }

    // Null when memory is used up; the connection then closes.
    private byte* BeginFrame(int payloadBytes)
    {
        byte* payload = _writer.BeginFrame(payloadBytes);
        if (payload is null)
        {
            GiveUpSlow(DerCode.NoMemory, "the peer does not take what is sent, and memory is used up");
        }

        return payload;
    }

    private void EndFrame(FrameKind kind, uint argument, int payloadBytes)
    {
        _writer.EndFrame(kind, argument, payloadBytes);
        _context.MarkDirty(this);
        if (_writer.QueuedBytes > (long)_context.Options.SendQueueBytesMax * Limits.SendQueueHardFactor)
        {
            GiveUpSlow(DerCode.Dos, "the peer does not take what is sent");
        }
        else if (!_paused && _writer.QueuedBytes > (long)_context.Options.SendQueueBytesMax * Limits.SendQueuePauseFactor)
        {
            // What the peer asks would only add to the answers that it does not take.
            _paused = true;
            _context.Counts.Paused++;
        }
    }
}
