using Daos.Fabric.Core.Faults;
using Daos.Fabric.Rpc.Wire;

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
    private readonly ExposedMemory?[] _exposed = new ExposedMemory?[RpcLimits.ExposedMax];
    private CallState _state;
    private bool _cancelRequested;
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

    internal RpcSession? Session => _session;

    internal RpcOpcode Opcode => _opcode;

    /// <summary>
    /// Waits for a credit of the endpoint and an open connection; usually both are there and this completes at once. Codes: DER_UNREACH,
    /// DER_TIMEDOUT, DER_CANCELED, DER_SHUTDOWN; then nothing is held and the call may be freed or admitted again.
    /// </summary>
    /// <param name="endpoint">Where to.</param>
    /// <param name="opcode">What to do.</param>
    /// <param name="deadlineNs">On the loop's monotonic clock; 0 for <see cref="RpcOptions.CallTimeoutNs"/> from now.</param>
    /// <param name="flags"><see cref="RpcFlags.OneWay"/> and <see cref="RpcFlags.Resend"/>; the others are set by the call itself.</param>
    public ValueTask<DerCode> AdmitAsync(RpcEndpoint endpoint, RpcOpcode opcode, long deadlineNs = 0, RpcFlags flags = RpcFlags.None)
    {
        Context.Loop.Assert();
        Invariant.Check(_state is CallState.Rented or CallState.Done);
        Debug.Assert((flags & ~(RpcFlags.OneWay | RpcFlags.Resend)) == 0, "the call sets the other flags itself");
        Debug.Assert(ReferenceEquals(endpoint.Context, Context), "an endpoint of another context");
        DropReply();
        long nowNs = Context.Loop.NowNs;
        _endpoint = endpoint;
        _opcode = opcode;
        _flags = flags;
        _cancelRequested = false;
        _deadlineNs = deadlineNs == 0 ? nowNs + Context.Options.CallTimeoutNs : deadlineNs;
        if (_deadlineNs <= nowNs || Context.IsDisposed)
        {
            _state = CallState.Done;
            return new(ReplyCode = Context.IsDisposed ? DerCode.Shutdown : DerCode.TimedOut);
        }

        _session = endpoint.TryAdmit();
        if (_session is not null)
        {
            _state = CallState.Admitted;
            return new(DerCode.Success);
        }

        Context.Statistics.CallsQueued++;
        _state = CallState.Waiting;
        Begin(Context.Loop);
        ValueTask<DerCode> task = Task;
        _timer.EnsureBy(_deadlineNs);
        endpoint.Enqueue(this);
        return task;
    }

    /// <summary>
    /// Lets the peer read or write native (or pinned) memory until this call completes; at most <see cref="RpcLimits.ExposedMax"/> ranges.
    /// The memory belongs to the transport until then. Between admission and <see cref="BeginRequest(int)"/>.
    /// </summary>
    public RemoteMemory Expose(byte* address, long lengthBytes, MemoryAccess access)
    {
        Invariant.Check(_state == CallState.Admitted);
        Invariant.Check(_exposedCount < RpcLimits.ExposedMax);
        RemoteMemory memory = _session!.Link!.Transport.Register(_session.Connection, address, lengthBytes, access);
        if (memory.IsValid)
        {
            ExposedMemory exposed = _exposed[_exposedCount] ??= new ExposedMemory(this);
            exposed.Memory = memory;
            _exposedCount++;
        }

        return memory;
    }

    /// <summary>Room for the request's payload in the outgoing stream: fill it and call <see cref="SendAsync"/>, with no await in between.</summary>
    public Span<byte> BeginRequest(int maxBytes)
    {
        Span<byte> room = BeginMessage(RpcHeaderWire.SizeBytes + maxBytes);
        return room[RpcHeaderWire.SizeBytes..];
    }

    /// <summary>The same for a request that changes something.</summary>
    public Span<byte> BeginRequest(int maxBytes, in ModificationInfo modification)
    {
        Span<byte> room = BeginMessage(RpcLimits.HeadBytesMax + maxBytes);
        _flags |= RpcFlags.Modification;
        MapVersion = modification.MapVersion;
        ModificationWire.Write(room[RpcHeaderWire.SizeBytes..], modification);
        return room[RpcLimits.HeadBytesMax..];
    }

    /// <summary>
    /// Sends the request and waits for the reply (one-way: completes at once). The reply's code, or DER_UNREACH, DER_TIMEDOUT,
    /// DER_CANCELED, DER_OVERLOAD_RETRY, DER_SHUTDOWN. When it completes, exposed memory is revoked and the credit is free.
    /// </summary>
    /// <param name="lengthBytes">Payload bytes that were filled.</param>
    public ValueTask<DerCode> SendAsync(int lengthBytes)
    {
        Invariant.Check(_state == CallState.Building);
        Begin(Context.Loop);
        ValueTask<DerCode> task = Task;
        if (_message is null || _cancelRequested)
        {
            // The room that was begun is used again by the next message.
            _message = null;
            _state = CallState.Sent;
            End(_cancelRequested ? DerCode.Canceled : DerCode.Unreachable);
            return task;
        }

        Send(lengthBytes);
        if ((_flags & RpcFlags.OneWay) != 0)
        {
            Invariant.Check(_exposedCount == 0);
            End(DerCode.Success);
        }
        else
        {
            _timer.EnsureBy(_deadlineNs);
        }

        return task;
    }

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
                RefusedLate(DerCode.Canceled);
                break;
            case CallState.Admitted or CallState.Building:
                _cancelRequested = true;
                break;
            case CallState.Sent:
                Context.Statistics.CallsCanceled++;
                TellPeer();
                End(DerCode.Canceled);
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
        _endpoint = null;
        _session = null;
        _state = CallState.Idle;
        Context.Calls.Return(this);
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

    private Span<byte> BeginMessage(int maxBytes)
    {
        Context.Loop.Assert();
        Invariant.Check(_state == CallState.Admitted);
        _state = CallState.Building;
        if (_cancelRequested || !_session!.Connection.IsOpen)
        {
            _message = null;
            return Context.Discard(maxBytes);
        }

        Span<byte> room = _session.Connection.BeginMessage(maxBytes);
        _message = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(room));
        return room;
    }

    private void Send(int lengthBytes)
    {
        _generation++;
        RpcId = (_generation << SlotBits) | _slot;
        _state = CallState.Sent;
        var header = (RpcHeaderWire*)_message;
        *header = new RpcHeaderWire
        {
            Opcode = _opcode.Value,
            Flags = (ushort)_flags,
            Version = RpcHeaderWire.CurrentVersion,
            RpcId = RpcId,
            Hlc = Context.Stamp(),
            SourceRank = Context.Rank.Value,
            DestinationRank = Rank.None.Value,
            Tag = _endpoint!.Tag,
            DeadlineMsOrCode = RelativeDeadlineMs(),
            PayloadBytes = (uint)lengthBytes,
            MapVersion = MapVersion,
        };
        int messageBytes = header->HeadBytes + lengthBytes;
        _message = null;
        Context.Statistics.CallsSent++;
        if (FaultRegistry.Fires(Context.Options.Faults, FaultPoint.RpcRequestDropped))
        {
            // The room that was begun is used again by the next message.
            return;
        }

        _session!.Connection.EndMessage(messageBytes);
    }

    private int RelativeDeadlineMs()
    {
        if (_deadlineNs == long.MaxValue)
        {
            return 0;
        }

        // Rounded up: the peer must not give up before we do.
        long ms = (_deadlineNs - Context.Loop.NowNs + 999_999) / 1_000_000;
        return (int)Math.Clamp(ms, 1, RpcLimits.DeadlineMsMax);
    }
}
