using Daos.Fabric.Rpc.Services;
using Daos.Fabric.Rpc.Wire;

namespace Daos.Fabric.Rpc.Requests;

/// <content>The ways in which a call ends, all through <see cref="End"/>.</content>
public sealed unsafe partial class RpcCall
{
    /// <summary>Its turn came: there is a credit and a connection.</summary>
    internal void AdmittedLate(RpcSession session)
    {
        _session = session;
        _rangesHeld = RangesReserved;
        _state = CallState.Admitted;
        Complete(DerCode.Success);
    }

    /// <summary>It left the line without a credit.</summary>
    internal void RefusedLate(DerCode code, RpcCallState ending = RpcCallState.Unreachable)
    {
        Context.Statistics.CallsUnreachable += ending == RpcCallState.Unreachable ? 1 : 0;
        _state = CallState.Done;
        _ending = ending;
        ReplyCode = code;
        Complete(code);
    }

    /// <summary>The reply to the request under way.</summary>
    internal void Replied(in RpcHeaderWire header, in PlaceWire place, in InboundMessage message)
    {
        ReplyHlc = header.Hlc;
        RetryAfterMs = place.RetryAfterMs;
        QueueTicket = place.QueueTicket;
        if ((header.Flags & (ushort)RpcFlags.Large) != 0)
        {
            if (!TakeLargeReply(message.Span[header.HeadBytes..]))
            {
                // The connection's end ends this call with the others.
                Context.CloseMalformed(_session!.Connection);
                return;
            }
        }
        else if (header.PayloadBytes > 0)
        {
            _replySegment = message.Retain();
            ReplyAddress = message.Address + header.HeadBytes;
            ReplyBytes = (int)header.PayloadBytes;
        }

        Context.Statistics.CallsReplied++;
        var code = new DerCode(header.DeadlineMsOrCode);
        if (code.IsError)
        {
            Context.Statistics.CallsRepliedError++;
            if (code == DerCode.BadTarget)
            {
                _endpoint!.AddressFailed();
            }
        }

        End(code, RpcCallState.Completed);
    }

    /// <summary>A connection ended; fails the call if it was sent over it.</summary>
    internal void ConnectionEnded(RpcSession session, DerCode code)
    {
        if (_state == CallState.Sent && ReferenceEquals(_session, session))
        {
            Context.Statistics.CallsUnreachable++;
            End(code, RpcCallState.Unreachable);
        }
    }

    /// <summary>The timer fired, perhaps for an earlier use of this call.</summary>
    internal void TimerFired(long dueNs)
    {
        if (_state is not (CallState.Waiting or CallState.Sent))
        {
            return;
        }

        if (dueNs < _deadlineNs)
        {
            _timer.EnsureBy(_deadlineNs);
            return;
        }

        Context.Statistics.CallsTimedOut++;
        if (_state == CallState.Waiting)
        {
            _endpoint!.Remove(this);
            RefusedLate(DerCode.TimedOut, RpcCallState.TimedOut);
            return;
        }

        TellPeer();
        End(DerCode.TimedOut, RpcCallState.TimedOut);
    }

    /// <summary>A revoked range is out of the kernel too.</summary>
    internal void MemoryIsSafe()
    {
        _revoking--;
        if (_revoking == 0 && _state == CallState.Ending)
        {
            Finish();
        }
    }

    private void End(DerCode code, RpcCallState ending)
    {
        _ending = ending;
        // From here on a reply to this request finds nobody.
        RpcId = 0;
        ReplyCode = code;
        _state = CallState.Ending;
        RevokeMemory();
        if (_revoking == 0)
        {
            Finish();
        }
    }

    private void Finish()
    {
        _state = CallState.Done;
        ReleaseRanges();
        _endpoint!.ReleaseCredit();
        Complete(ReplyCode);
    }

    private void RevokeMemory()
    {
        for (int i = 0; i < _exposedCount; i++)
        {
            ExposedMemory exposed = _exposed[i]!;
            RpcSession session = exposed.Session!;
            if (!session.Link!.Transport.Deregister(session.Connection, exposed.Memory, exposed))
            {
                _revoking++;
            }

            exposed.Memory = default;
            exposed.Session = null;
            exposed.BoundTo = null;
            Context.Statistics.RangesRevoked++;
        }

        _exposedCount = 0;
    }

    // Admitted, perhaps with memory exposed, but no request left: no peer knows a key, so revoking takes effect at once.
    private void AbandonAdmission()
    {
        RevokeMemory();
        Invariant.Check(_revoking == 0);
        _message = null;
        ReleaseRanges();
        _endpoint!.ReleaseCredit();
    }

    private void ReleaseRanges()
    {
        if (_regions.Count > 0)
        {
            ReleaseRegions();
        }

        if (_rangesHeld > 0)
        {
            int held = _rangesHeld;
            _rangesHeld = 0;
            Context.RangeQuota.Release(held);
        }
    }

    // Tells the server that nobody waits any more, so that it can stop and free its slot.
    private void TellPeer()
    {
        TransportConnection connection = _session!.Connection;
        if (!connection.IsOpen)
        {
            return;
        }

        Span<byte> room = connection.BeginMessage(RpcHeaderWire.SizeBytes);
        var header = (RpcHeaderWire*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(room));
        RpcHeaderWire.Write(
            header, InternalOpcodes.Cancel.Value, RpcFlags.OneWay, RpcId, Context.Stamp(), Context.Rank.Value, _endpoint!.Rank.Value, _endpoint.Tag,
            deadlineMsOrCode: 0, payloadBytes: 0, mapVersion: 0);
        connection.EndMessage(RpcHeaderWire.SizeBytes);
    }

    private void DropReply()
    {
        if (_replySegment is { } segment)
        {
            _replySegment = null;
            segment.Release();
        }

        ReplyAddress = null;
        ReplyBytes = 0;
        _replyRoom = null;
        _replyRoomBytes = 0;
        ReplyHlc = 0;
        RetryAfterMs = 0;
        ReplyCode = DerCode.Success;
    }
}
