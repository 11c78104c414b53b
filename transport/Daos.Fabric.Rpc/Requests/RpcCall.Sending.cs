using Daos.Fabric.Core.Faults;
using Daos.Fabric.Rpc.Wire;

namespace Daos.Fabric.Rpc.Requests;

/// <content>From admission to the request on its way.</content>
public sealed unsafe partial class RpcCall
{
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
        Debug.Assert((uint)RangesReserved <= RpcLimits.ExposedMax, "more ranges than a call may expose");
        DropReply();
        long nowNs = Context.Loop.NowNs;
        _endpoint = endpoint;
        _opcode = opcode;
        _flags = flags;
        _cancelRequested = false;
        _ending = RpcCallState.Initialized;
        _deadlineNs = deadlineNs == 0 ? nowNs + Context.Options.CallTimeoutNs : deadlineNs;
        if (_deadlineNs <= nowNs || Context.IsDisposed)
        {
            _state = CallState.Done;
            _ending = Context.IsDisposed ? RpcCallState.Unreachable : RpcCallState.TimedOut;
            return new(ReplyCode = Context.IsDisposed ? DerCode.Shutdown : DerCode.TimedOut);
        }

        _session = endpoint.TryAdmit(this);
        if (_session is not null)
        {
            _rangesHeld = RangesReserved;
            _state = CallState.Admitted;
            return new(DerCode.Success);
        }

        Context.Statistics.CallsQueued++;
        GoesFirst |= (Context.Dispatcher.Table.FeaturesOf(opcode) & RpcFeatures.QueueFront) != 0;
        _state = CallState.Waiting;
        Begin(Context.Loop);
        ValueTask<DerCode> task = Task;
        _timer.EnsureBy(_deadlineNs);
        endpoint.Enqueue(this);
        return task;
    }

    /// <summary>
    /// Lets the peer read or write native (or pinned) memory until this call completes; at most <see cref="RpcLimits.ExposedMax"/> ranges.
    /// The memory belongs to the transport until then. Between admission and <see cref="BeginRequest(int)"/>. Not valid
    /// (<see cref="RemoteMemory.IsValid"/>) when the connection ended, or when nothing is left of the context's quota and
    /// <see cref="RangesReserved"/> did not provide for it (DER_QUOTA_LIMIT).
    /// </summary>
    public RemoteMemory Expose(byte* address, long lengthBytes, MemoryAccess access)
    {
        Invariant.Check(_state == CallState.Admitted);
        return ExposeOn(_session!, address, lengthBytes, access);
    }

    /// <summary>Room for the request's payload in the outgoing stream: fill it and call <see cref="SendAsync"/>, with no await in between.</summary>
    public Span<byte> BeginRequest(int maxBytes)
    {
        return BeginMessage(RpcHeaderWire.SizeBytes + PlaceBytes, maxBytes);
    }

    /// <summary>The same for a request that changes something.</summary>
    public Span<byte> BeginRequest(int maxBytes, in ModificationInfo modification)
    {
        Span<byte> room = BeginMessage(RpcHeaderWire.SizeBytes + PlaceBytes, ModificationWire.SizeBytes + maxBytes);
        _flags |= RpcFlags.Modification;
        MapVersion = modification.MapVersion;
        ModificationWire.Write(room, modification);
        return room[ModificationWire.SizeBytes..];
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
            End(
                _cancelRequested ? DerCode.Canceled : DerCode.Unreachable,
                _cancelRequested ? RpcCallState.Canceled : RpcCallState.Unreachable);
            return task;
        }

        Send(lengthBytes);
        if ((_flags & RpcFlags.OneWay) != 0)
        {
            Invariant.Check(_exposedCount == 0);
            End(DerCode.Success, RpcCallState.Completed);
        }
        else
        {
            _timer.EnsureBy(_deadlineNs);
        }

        return task;
    }

    private RemoteMemory ExposeOn(RpcSession session, byte* address, long lengthBytes, MemoryAccess access)
    {
        Invariant.Check(_exposedCount < RpcLimits.ExposedMax);
        if (_exposedCount == _rangesHeld)
        {
            if (!Context.RangeQuota.TryTakeNow(1))
            {
                Context.Statistics.RangesRefused++;
                return default;
            }

            _rangesHeld++;
        }

        RemoteMemory memory = FaultRegistry.Fires(Context.Options.Faults, FaultPoint.RpcRegistrationRefused)
            ? default
            : session.Link!.Transport.Register(session.Connection, address, lengthBytes, access);
        if (!memory.IsValid)
        {
            Context.Statistics.RangesRefused++;
            return default;
        }

        if (_exposedCount == _exposed.Length)
        {
            Array.Resize(ref _exposed, _exposedCount * 2);
        }

        ExposedMemory exposed = _exposed[_exposedCount++] ??= new ExposedMemory(this);
        exposed.Memory = memory;
        exposed.Session = session;
        Context.Statistics.RangesExposed++;
        return memory;
    }

    // Only what comes back to an overloaded peer carries its place.
    private int PlaceBytes => QueueTicket != 0 ? PlaceWire.SizeBytes : 0;

    private Span<byte> BeginMessage(int headBytes, int maxBytes)
    {
        Context.Loop.Assert();
        Invariant.Check(_state == CallState.Admitted);
        _state = CallState.Building;
        if (_cancelRequested || !_session!.Connection.IsOpen)
        {
            _message = null;
            return Context.Discard(maxBytes);
        }

        Span<byte> room = _session.Connection.BeginMessage(headBytes + maxBytes);
        _message = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(room));
        if (QueueTicket != 0)
        {
            _flags |= RpcFlags.Queued;
            *(PlaceWire*)(_message + RpcHeaderWire.SizeBytes) = new PlaceWire { QueueTicket = QueueTicket };
        }

        return room[headBytes..];
    }

    private void Send(int lengthBytes)
    {
        _generation++;
        RpcId = (_generation << SlotBits) | _slot;
        _state = CallState.Sent;
        var header = (RpcHeaderWire*)_message;
        RpcHeaderWire.Write(
            header, _opcode.Value, _flags, RpcId, Context.Stamp(), Context.Rank.Value, _endpoint!.Rank.Value, _endpoint.Tag, RelativeDeadlineMs(),
            lengthBytes, MapVersion);
        int messageBytes = header->HeadBytes + lengthBytes;
        _message = null;
        Context.Statistics.CallsSent++;
        if (FaultRegistry.Fires(Context.Options.Faults, FaultPoint.RpcRequestDropped))
        {
            // The room that was begun is used again by the next message.
            return;
        }

        TransportConnection connection = _session!.Connection;
        if (FaultRegistry.Fires(Context.Options.Faults, FaultPoint.RpcRequestDuplicated))
        {
            new ReadOnlySpan<byte>(header, messageBytes).CopyTo(Context.Discard(messageBytes));
            connection.EndMessage(messageBytes);
            Context.Discard(messageBytes).CopyTo(connection.BeginMessage(messageBytes));
        }

        connection.EndMessage(messageBytes);
        if (FaultRegistry.Fires(Context.Options.Faults, FaultPoint.RpcConnectionLost))
        {
            connection.Close(DerCode.Unreachable);
        }
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
