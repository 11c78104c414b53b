using Daos.Fabric.Core.Faults;
using Daos.Fabric.Rpc.Wire;

namespace Daos.Fabric.Rpc.Dispatch;

/// <content>The life of a request from its slot to the end of its handler's task: exactly one reply, whatever the handler does.</content>
public sealed unsafe partial class RpcRequest
{
    private readonly Action _finish;
    private RpcOperation? _operation;
    private MessageSegment? _segment;
    private ValueTask _handling;

    internal void Start(
        RpcSession session, RpcOperation operation, in RpcHeaderWire header, in ModificationInfo modification, in InboundMessage message)
    {
        _session = session;
        _operation = operation;
        _modification = modification;
        _replyState = ReplyState.None;
        _isStaging = false;
        _isLargeReply = false;
        SchedulingClass = operation.SchedulingClass;
        Opcode = new RpcOpcode(header.Opcode);
        Flags = (RpcFlags)header.Flags;
        RpcId = header.RpcId;
        Source = new Rank(header.SourceRank);
        Hlc = header.Hlc;
        Tag = header.Tag;
        MapVersion = header.MapVersion;
        DeadlineNs = header.DeadlineMsOrCode == 0 ? long.MaxValue : Context.ArrivalNs() + (header.DeadlineMsOrCode * 1_000_000L);
        IsCanceled = false;
        int largeBytes = (header.Flags & (ushort)RpcFlags.Large) != 0 ? LargePayloadWire.SizeBytes : 0;
        PayloadAddress = message.Address + header.HeadBytes + largeBytes;
        PayloadBytes = (int)header.PayloadBytes - largeBytes;
        _segment = message.Retain();
        IsQueued = true;
        session.Add(this);
    }

    /// <summary>The sender does not wait any more.</summary>
    internal void Cancel()
    {
        if (!IsCanceled)
        {
            Context.Statistics.RequestsCanceled++;
            MarkCanceled();
        }
    }

    internal void MarkCanceled() => IsCanceled = true;

    /// <inheritdoc/>
    protected override void Execute()
    {
        IsQueued = false;
        if (IsCanceled)
        {
            End();
            return;
        }

        if (IsExpired && (_operation!.Features & RpcFeatures.NoDeadline) == 0)
        {
            // The sender's own deadline ends its call; the answer only frees its credit when clocks run apart.
            Context.Statistics.RequestsExpired++;
            EnsureReplied(DerCode.TimedOut);
            End();
            return;
        }

        RunHandler();
    }

    private void RunHandler()
    {
        bool isDone;
        try
        {
            if (FaultRegistry.Fires(Context.Options.Faults, FaultPoint.RpcHandlerThrows))
            {
                throw new InvalidOperationException("a handler failed because a fault point said so");
            }

            isDone = HandlerCompletes();
        }
        catch (Exception exception)
        {
            Fault(exception);
            End();
            return;
        }

        if (isDone)
        {
            HandlerReturned();
        }
        else if (_handling.IsCompleted)
        {
            HandlerEnded();
        }
        else
        {
            _handling.GetAwaiter().UnsafeOnCompleted(_finish);
        }
    }

    // True when the handler returned and has nothing left to do; otherwise its task is kept. A task that is looked at where it was returned
    // stays in registers: copied to its field in one piece right after it was stored in two, it waits for every store before it, which
    // means for what the peer's cache has of a ring.
    private bool HandlerCompletes()
    {
#pragma warning disable CA2012 // Kept in a field until HandlerEnded reads it once; the request is its own ULT root.
        ValueTask handling = (Flags & RpcFlags.Large) == 0 ? _operation!.Handler(this) : HandleLargeAsync();
#pragma warning restore CA2012
        if (handling.IsCompletedSuccessfully)
        {
            handling.GetAwaiter().GetResult();
            return true;
        }

        _handling = handling;
        return false;
    }

    private void HandlerEnded()
    {
        ValueTask handling = _handling;
        _handling = default;
        try
        {
            handling.GetAwaiter().GetResult();
        }
        catch (Exception exception)
        {
            Fault(exception);
        }

        HandlerReturned();
    }

    private void HandlerReturned()
    {
        if (_replyState != ReplyState.Sent && !IsOneWay)
        {
            Context.Statistics.HandlerFaults++;
            EnsureReplied(DerCode.Misc);
        }

        End();
    }

    private void Fault(Exception exception)
    {
        Context.Statistics.HandlerFaults++;
        Context.Loop.ReportUnhandled(exception);
        EnsureReplied(DerCode.Misc);
    }

    private void EnsureReplied(DerCode code)
    {
        if (_replyState == ReplyState.Sent || IsOneWay)
        {
            return;
        }

        // What was staged and not pushed is dropped with the rest.
        if (_replyState == ReplyState.Staged || _isStaging)
        {
            _isStaging = false;
            _replyState = ReplyState.None;
        }

        if (_replyState == ReplyState.None)
        {
            BeginReplyMessage(0);
        }

        // A reply that the handler began and did not end is sent without payload.
        EndReply(0, code);
    }

    // Lets go of everything and gives the slot back. The reply, if any, lies in the outgoing stream already.
    private void End()
    {
        _session!.Remove(this);
        _session = null;
        _operation = null;
        _reply = null;
        ReturnStaging();
        PayloadAddress = null;
        PayloadBytes = 0;
        MessageSegment segment = _segment!;
        _segment = null;
        segment.Release();
        Context.Dispatcher.Return(this);
    }
}
