using Daos.Fabric.Transport.Ofi.Endpoints;
using Daos.Fabric.Transport.Ofi.Wire;

namespace Daos.Fabric.Transport.Ofi.Connections;

/// <summary>
/// What two connectionless endpoints agreed on by a hello: order, a window, leases of memory, an end. Owned by its context's owner thread.
/// <code>
/// state      meaning                                    leaves by
/// Greeting   hello sent, its answer is awaited          Answered -> Open       refused, deadline -> Closed
/// Open       everything is allowed                      BeginClose, Abort -> Closing
/// Closing    what was written still leaves, transfers   TryFinish -> Closed, once nothing of either side touches the other's memory,
///            under way end, leases come back            or the peer is gone
/// Closed     everything pending was told                -
/// </code>
/// </summary>
internal sealed unsafe partial class OfiConnection : TransportConnection
{
    private readonly OfiContext _context;
    private readonly ConnectOperation? _connect;
    private readonly string _peerName;
    private State _state;
    private bool _wantsWritable;
    private bool _isStaged;

    /// <param name="context">The context it belongs to.</param>
    /// <param name="endpoint">The endpoint that it uses.</param>
    /// <param name="peer">The peer's address in the endpoint's vector; removed with the connection.</param>
    /// <param name="peerName">For logs.</param>
    /// <param name="connect">Waits for the connection; null on the accepting side.</param>
    internal OfiConnection(OfiContext context, OfiEndpoint endpoint, ulong peer, string peerName, ConnectOperation? connect)
    {
        _context = context;
        Endpoint = endpoint;
        Peer = peer;
        _peerName = peerName;
        _connect = connect;
        Served = new ServedMemory(context, this);
        _timer = new ConnectionTimer(this);
        _finish = new FinishItem(this);
        _lastHeardNs = context.Loop.NowNs;
    }

    private enum State : byte
    {
        Greeting,
        Open,
        Closing,
        Closed,
    }

    /// <summary>True while the endpoint's queue for memory for long messages names it.</summary>
    internal bool IsStarved { get; set; }

    /// <inheritdoc/>
    public override string PeerName => _peerName;

    /// <inheritdoc/>
    public override string Scheme => Endpoint.Scheme;

    /// <inheritdoc/>
    public override bool IsOpen => _state == State.Open;

    /// <inheritdoc/>
    public override bool CanSend
    {
        get
        {
            bool can = IsOpen && _queuedBytes < _context.Options.SendQueueBytesMax && (!Endpoint.IsShort || _queuedBytes == 0);
            _wantsWritable |= !can;
            return can;
        }
    }

    internal OfiEndpoint Endpoint { get; }

    /// <summary>The peer in the endpoint's address vector.</summary>
    internal ulong Peer { get; }

    /// <summary>What libfabric calls the peer; for shared memory only.</summary>
    internal required byte[] PeerAddress { get; init; }

    /// <summary>True while one-sided transfers of ours run.</summary>
    internal bool HasTransfers => _running.Count > 0;

    /// <summary>What packets to this end carry.</summary>
    internal ulong Token { get; set; }

    /// <summary>Position in the context's table.</summary>
    internal int Index { get; set; } = -1;

    /// <summary>True while the context's list of connections to flush names it.</summary>
    internal bool IsDirty { get; set; }

    /// <summary>True while the endpoint's queue of refused requests names it.</summary>
    internal bool IsStuck { get; set; }

    /// <inheritdoc/>
    public override Span<byte> BeginMessage(int maxBytes)
    {
        _context.Loop.Assert();
        Invariant.Check((uint)maxBytes <= (uint)_context.Options.MessageBytesMax);
        if (!IsOpen)
        {
            return _context.Scratch(maxBytes);
        }

        if (_idle.Count > 0)
        {
            ReturnIdleLeases();
        }

        _isStaged = RecordWire.RecordBytes(maxBytes) > Endpoint.PacketBytes - PacketHeaderWire.SizeBytes;
        byte* payload = _isStaged ? null : BeginRecord(maxBytes);
        return payload is null ? _context.Scratch(maxBytes) : new Span<byte>(payload, maxBytes);
    }

    /// <inheritdoc/>
    public override void EndMessage(int lengthBytes)
    {
        if (!IsOpen)
        {
            return;
        }

        if (_isStaged)
        {
            WriteInParts(_context.Scratch(lengthBytes));
        }
        else
        {
            EndRecord(RecordKind.Message, lengthBytes);
        }

        if (_queuedBytes > (long)_context.Options.SendQueueBytesMax * Limits.SendQueueHardFactor)
        {
            BeginClose(DerCode.Dos);
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
        BeginClose(reason);
    }

    /// <summary>Tells the handler that there is room again, when it was refused before.</summary>
    internal void TellWritable()
    {
        if (_wantsWritable && IsOpen && _queuedBytes <= _context.Options.SendQueueBytesMax / 2 && CanSend)
        {
            _wantsWritable = false;
            _context.Handler.OnWritable(this);
        }
    }

    /// <summary>True while a goodbye is still to leave.</summary>
    internal bool IsSaying => _state == State.Closing && !_aborted && (HasQueue || _sendsUnderWay > 0);

    /// <summary>The endpoint may take again what it refused.</summary>
    internal void Retry()
    {
        if (_state != State.Closed)
        {
            RetryTransfers();
            if (_state != State.Greeting)
            {
                ProcessParked();
            }

            Flush();
        }
    }
}
