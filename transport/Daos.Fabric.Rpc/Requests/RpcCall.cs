namespace Daos.Fabric.Rpc.Requests;

/// <summary>
/// One call. Owned by the context's loop: rent, admit, expose memory, fill the request, send, read the reply, free. Its states are drawn
/// at <see cref="CallState"/>.
/// </summary>
public sealed unsafe partial class RpcCall : PooledOperation<DerCode>
{
    private const int SlotBits = 16;

    private readonly ushort _slot;
    private readonly CallTimer _timer;
    private ExposedMemory?[] _exposed = new ExposedMemory?[4];
    private CallState _state;
    private bool _cancelRequested;
    private int _rangesHeld;
    private int _exposedCount;
    private int _revoking;
    private ulong _generation;
    private RpcEndpoint? _endpoint;
    private RpcSession? _session;
    private long _deadlineNs;
    private RpcOpcode _opcode;
    private RpcFlags _flags;
    private byte* _message;
    private MessageSegment? _replySegment;
    private RpcCallState _ending;

    internal RpcCall(RpcContext context, ushort slot)
    {
        Context = context;
        _slot = slot;
        _timer = new CallTimer(this);
    }

    /// <summary>The context it was rented from.</summary>
    public RpcContext Context { get; }

    /// <summary>Goes with the request's header; 0 where it means nothing. Set before <see cref="SendAsync"/>.</summary>
    public uint MapVersion { get; set; }

    /// <summary>Waits before all others of its endpoint when it must wait. Set before <see cref="AdmitAsync"/>, until <see cref="Free"/>.</summary>
    public bool GoesFirst { get; set; }

    /// <summary>
    /// Ranges of memory that the call is going to expose: it is admitted when the context's quota has that many. Without it
    /// <see cref="Expose(byte*, long, MemoryAccess)"/> takes from the quota what is there. Set before <see cref="AdmitAsync"/>, until <see cref="Free"/>; at most
    /// <see cref="RpcLimits.ExposedMax"/>.
    /// </summary>
    public int RangesReserved { get; set; }

    /// <summary>
    /// The place that an overloaded peer keeps for the request. Set before <see cref="BeginRequest(int)"/> to what an earlier attempt was told; after
    /// DER_OVERLOAD_RETRY what the peer tells now; 0 for none.
    /// </summary>
    public ulong QueueTicket { get; set; }

    /// <summary>Where the call stands.</summary>
    public RpcCallState State => _state switch
    {
        CallState.Waiting => _endpoint!.IsResolving ? RpcCallState.UriLookup : _endpoint.IsOpen ? RpcCallState.Queued : RpcCallState.Connecting,
        CallState.Admitted or CallState.Building => RpcCallState.Admitted,
        CallState.Sent => RpcCallState.Sent,
        CallState.Ending or CallState.Done => _ending,
        _ => RpcCallState.Initialized,
    };

    /// <summary>What the call completed with.</summary>
    public DerCode ReplyCode { get; private set; }

    /// <summary>The reply's payload; valid until <see cref="Free"/> or the next admission.</summary>
    public ReadOnlySpan<byte> Reply => new(ReplyAddress, ReplyBytes);

    /// <summary>First byte of <see cref="Reply"/>; 8-byte aligned; null without a reply.</summary>
    public byte* ReplyAddress { get; private set; }

    /// <summary>Length of <see cref="Reply"/>.</summary>
    public int ReplyBytes { get; private set; }

    /// <summary>The clock value that the reply carried.</summary>
    public ulong ReplyHlc { get; private set; }

    /// <summary>With DER_OVERLOAD_RETRY: when to try again, in ms.</summary>
    public uint RetryAfterMs { get; private set; }

    internal RpcCall? NextWaiting { get; set; }

    internal RpcCall? PreviousWaiting { get; set; }

    /// <summary>The id of the request under way; 0 when none waits for a reply.</summary>
    internal ulong RpcId { get; private set; }

    internal bool IsWaiting => _state == CallState.Waiting;

    internal RpcSession? Session => _session;

    internal RpcOpcode Opcode => _opcode;

    /// <summary>
    /// Ends the call early: it completes with DER_CANCELED once its memory is revoked and its credit is free. Nothing happens when it has
    /// completed.
    /// </summary>
    public void Cancel()
    {
        Context.Loop.Assert();
        switch (_state)
        {
            case CallState.Waiting:
                Context.Statistics.CallsCanceled++;
                _endpoint!.Remove(this);
                RefusedLate(DerCode.Canceled, RpcCallState.Canceled);
                break;
            case CallState.Admitted or CallState.Building:
                Context.Statistics.CallsCanceled += _cancelRequested ? 0 : 1;
                _cancelRequested = true;
                break;
            case CallState.Sent:
                Context.Statistics.CallsCanceled++;
                TellPeer();
                End(DerCode.Canceled, RpcCallState.Canceled);
                break;
        }
    }

    /// <summary>
    /// Returns the call to its context; its task must have been awaited. A call that was admitted and not sent gives its credit back.
    /// </summary>
    public void Free()
    {
        Context.Loop.Assert();
        switch (_state)
        {
            case CallState.Admitted or CallState.Building:
                AbandonAdmission();
                break;
            case CallState.Rented or CallState.Done:
                break;
            default:
                throw new InvalidOperationException($"a call in state {_state} cannot be freed: await its task first");
        }

        DropReply();
        MapVersion = 0;
        GoesFirst = false;
        RangesReserved = 0;
        QueueTicket = 0;
        _endpoint = null;
        _session = null;
        _state = CallState.Idle;
        Context.Calls.Return(this);
    }

    /// <summary>Cancels the call if it goes to that endpoint, else to that rank, else in any case.</summary>
    internal bool Abort(RpcEndpoint? endpoint, Rank rank)
    {
        if (_state is not (CallState.Waiting or CallState.Admitted or CallState.Building or CallState.Sent)
            || !(endpoint is null ? rank == Rank.None || _endpoint!.Rank == rank : ReferenceEquals(_endpoint, endpoint)))
        {
            return false;
        }

        Cancel();
        return true;
    }

    internal void Rented()
    {
        Invariant.Check(_state == CallState.Idle);
        _state = CallState.Rented;
    }

    /// <summary>The call's task ended; the call itself stays with its renter until <see cref="Free"/>.</summary>
    protected override void Release()
    {
    }
}
