using Daos.Fabric.Client.Calls;
using Daos.Fabric.Protocol.Objects;
using Daos.Fabric.Rpc;
using Daos.Fabric.Rpc.Requests;
using Daos.Fabric.Transport;

namespace Daos.Fabric.Client.Contexts;

/// <summary>How one call is carried out: number it, admit, send, take the reply; the same again under the same number when it got lost.</summary>
public sealed partial class ClientContext
{
    /// <summary>Carries out a prepared call. When it completes nothing of the caller's memory is touched any more.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal async ValueTask<DerCode> RunAsync(ClientCall call)
    {
        Loop.Assert();
        _running++;
        call.DeadlineNs = Loop.NowNs + _operationTimeoutNs;
        if (_closing || FindTarget(call.Target) is not { } target)
        {
            return Ended(call, _closing ? DerCode.Shutdown : DerCode.NotAttached);
        }

        if (call.IsModification && !Number(call, target))
        {
            DerCode waited = await WaitForNumberAsync(call, target);
            if (waited.IsError)
            {
                return Ended(call, waited);
            }
        }

        DerCode code;
        RpcCall rpc = Rpc.RentCall();
        call.Active = rpc;
        code = call.CancelRequested ? DerCode.Canceled : await rpc.AdmitAsync(target.Endpoint, call.Opcode, AttemptDeadlineNs(call));
        if (code.IsSuccess)
        {
            code = await rpc.SendAsync(Fill(rpc, call, target, isResend: false));
            code = code.IsSuccess ? TakeReply(call, rpc) : AfterError(call, rpc, code);
        }

        call.Active = null;
        rpc.Free();
        if (NeedsAnotherAttempt(call, code))
        {
            code = await RunAgainAsync(call, target, code);
        }
        else
        {
            _budget.Earn();
        }

        if (call.IsModification)
        {
            target.Window.Answered(call.Sequence);
        }

        return Ended(call, code);
    }

    /// <summary>Carries out a call of this context's own pool and returns it there.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal async ValueTask<DerCode> RunAndReturnAsync(ClientCall call)
    {
        DerCode code = await RunAsync(call);
        ReturnCall(call);
        return code;
    }

    /// <summary>The same for a read: what was read is put into the caller's memory, and its length is answered.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal async ValueTask<DerResult<int>> ReadAndReturnAsync(ClientCall call, Memory<byte> destination)
    {
        DerCode code = await RunAsync(call);
        DerResult<int> result = code.IsSuccess ? call.CopyValueTo(destination.Span) : code;
        ReturnCall(call);
        return result;
    }

    // Everything after a first attempt that did not answer the caller. Kept apart so that the usual path has a small state machine.
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> RunAgainAsync(ClientCall call, TargetSession target, DerCode code)
    {
        for (int attempt = 2; ; attempt++)
        {
            if (code == DerCode.RecordTooBig)
            {
                if (!GoOnToLargeValue(call))
                {
                    return call.ValueBytes > call.CapacityBytes ? DerCode.RecordTooBig : DerCode.NoMemory;
                }
            }
            else if (!MayRetry(call, code, attempt))
            {
                return code;
            }
            else
            {
                PrepareAfterChecksum(call, code);

                // One attempt may wait for nothing longer than the whole call.
                long pauseNs = Math.Min(PauseNs(call, attempt), call.DeadlineNs - Loop.NowNs);
                call.Pause = PauseOperation.Start(Loop, pauseNs);
                await call.Pause.Task;
                call.Pause = null;
                Statistics.Retries++;
                Statistics.Resends += call.IsModification ? 1 : 0;
            }

            if (call.CancelRequested || _closing)
            {
                return call.CancelRequested ? DerCode.Canceled : DerCode.Shutdown;
            }

            RpcCall rpc = Rpc.RentCall();
            call.Active = rpc;
            rpc.QueueTicket = call.QueueTicket;
            RpcFlags flags = call.IsModification ? RpcFlags.Resend : RpcFlags.None;
            DerCode next = await rpc.AdmitAsync(target.Endpoint, call.Opcode, AttemptDeadlineNs(call), flags);
            if (next.IsSuccess)
            {
                next = await rpc.SendAsync(Fill(rpc, call, target, isResend: call.IsModification));
                next = next.IsSuccess ? TakeReply(call, rpc) : AfterError(call, rpc, next);
            }

            call.Active = null;
            rpc.Free();
            code = next;
            if (!NeedsAnotherAttempt(call, code))
            {
                return code;
            }
        }
    }

    // An overloaded target says itself when its turn may come, and keeps the place only for so long.
    private long PauseNs(ClientCall call, int attempt) =>
        call.RetryAfterMs > 0 ? call.RetryAfterMs * 1_000_000L : _budget.PauseNs(attempt - 1);

    // The window is full because one old modification has no answer yet: rare, and bounded by this call's own deadline.
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> WaitForNumberAsync(ClientCall call, TargetSession target)
    {
        while (!Number(call, target))
        {
            if (call.CancelRequested || _closing)
            {
                return call.CancelRequested ? DerCode.Canceled : DerCode.Shutdown;
            }

            if (Loop.NowNs >= call.DeadlineNs)
            {
                return DerCode.TimedOut;
            }

            call.Pause = PauseOperation.Start(Loop, _budget.PauseNs(1));
            await call.Pause.Task;
            call.Pause = null;
        }

        return DerCode.Success;
    }

    private TargetSession? FindTarget(int target) =>
        target == ClientCall.SystemTarget ? _system
        : (uint)target < (uint)_targets.Length ? _targets[target]
        : null;

    private bool Number(ClientCall call, TargetSession target)
    {
        if (!target.Window.TryTake(out call.Sequence))
        {
            return false;
        }

        _lastTransactionHlc = Math.Max(_lastTransactionHlc + 1, Rpc.HighestHlc);
        call.TransactionHlc = _lastTransactionHlc;
        return true;
    }

    private long AttemptDeadlineNs(ClientCall call) => Math.Min(call.DeadlineNs, Loop.NowNs + _attemptTimeoutNs);

    private unsafe int Fill(RpcCall rpc, ClientCall call, TargetSession target, bool isResend)
    {
        var request = new Span<byte>(call.Buffer, call.RequestBytes);
        if (call.RemoteMemoryOffset >= 0)
        {
            RemoteMemory memory = call.Memory is null ? default : rpc.Expose(call.Memory, call.MemoryBytes, call.Access);
            memory.Write(request[call.RemoteMemoryOffset..]);
        }

        if (!call.IsModification)
        {
            request.CopyTo(rpc.BeginRequest(request.Length));
            return request.Length;
        }

        var info = new ModificationInfo
        {
            ClientId = _clientId,
            TransactionHlc = call.TransactionHlc,
            Sequence = call.Sequence,
            LowestUnanswered = target.Window.LowestUnanswered,
            Epoch = call.Epoch,
            Flags = isResend ? ModificationInfo.ResendFlag : 0,
        };
        request.CopyTo(rpc.BeginRequest(request.Length, in info));
        return request.Length;
    }

    private static bool NeedsAnotherAttempt(ClientCall call, DerCode code) =>
        RetryRules.IsTransient(code)
        || (code == DerCode.Checksum && call.ChecksumRetriesLeft > 0)
        || (code == DerCode.RecordTooBig && (call.Step == FetchStep.Size || (call.Step == FetchStep.Block && call.Block is null)));

    private DerCode TakeReply(ClientCall call, RpcCall rpc)
    {
        DerCode code = ReplyReader.Take(call, rpc);
        Statistics.ChecksumErrors += code == DerCode.Checksum ? 1 : 0;
        return code;
    }

    // The next attempt moves the value again. For a read the engine then looks at what it has stored before it sends it: either the damage
    // lies there and the answer says so, or it happened on the way and the value arrives after all.
    private static unsafe void PrepareAfterChecksum(ClientCall call, DerCode code)
    {
        if (code == DerCode.Checksum)
        {
            call.ChecksumRetriesLeft--;
            Unsafe.AsRef<ObjectHeadWire>(call.Buffer).Flags |= call.IsModification ? 0 : (uint)ObjectFlags.VerifyStored;
        }
    }

    // A value that does not fit a message, read by a caller who knew no length: the answer tells the length, else it is asked for; then the
    // value is read into memory of ours.
    private static unsafe DerCode AfterError(ClientCall call, RpcCall rpc, DerCode code)
    {
        call.RetryAfterMs = rpc.RetryAfterMs;
        if (code == DerCode.Checksum && !call.IsModification)
        {
            // The engine looked at what it has stored.
            call.ChecksumRetriesLeft = 0;
        }

        call.QueueTicket = code == DerCode.OverloadRetry ? rpc.QueueTicket : 0;
        bool isUnexpected = code == DerCode.RecordTooBig && call.Reply == ReplyKind.SingleValue && call.Memory is null;
        if (isUnexpected && call.Step == FetchStep.Plain)
        {
            call.Step = ReplyReader.TryReadSize(call, rpc) ? FetchStep.Block : FetchStep.Size;
        }
        else if (code == DerCode.RecordTooBig && call.Step == FetchStep.Block && call.Block is not null)
        {
            // Somebody wrote a larger value after its length was told: ask again. Bounded by the call's deadline.
            call.Step = FetchStep.Size;
        }

        return code;
    }

    private unsafe bool GoOnToLargeValue(ClientCall call)
    {
        ref ObjectHeadWire head = ref Unsafe.AsRef<ObjectHeadWire>(call.Buffer);
        if (call.Step == FetchStep.Size)
        {
            // A block that became too small goes back only now, when the attempt that exposed it is over.
            if (call.Block is not null)
            {
                call.Release();
            }

            head.Flags |= (uint)ObjectFlags.SizesOnly;
            return true;
        }

        head.Flags &= ~(uint)ObjectFlags.SizesOnly;
        if (call.ValueBytes > Math.Min(call.CapacityBytes, ClientLimits.TransferBytesMax) || Blocks.TryRent((int)call.ValueBytes) is not { } block)
        {
            call.Detail = $"The value has {call.ValueBytes} bytes";
            return false;
        }

        call.Expose(block, call.ValueBytes, MemoryAccess.RemoteWrite);
        return true;
    }

    private bool MayRetry(ClientCall call, DerCode code, int attempt)
    {
        if (call.CancelRequested || _closing)
        {
            return false;
        }

        if (attempt > Options.Retry.AttemptsMax || Loop.NowNs >= call.DeadlineNs)
        {
            call.Detail = $"Gave up after {attempt - 1} attempts";
            return false;
        }

        if (!_budget.TryPay())
        {
            call.Detail = $"Gave up after {attempt - 1} attempts because the retry budget is spent";
            return false;
        }

        return RetryRules.IsTransient(code) || code == DerCode.Checksum;
    }

    private DerCode Ended(ClientCall call, DerCode code)
    {
        _running--;
        Statistics.Calls++;
        if (code.IsError)
        {
            Statistics.Failures++;
            Statistics.Cancellations += code == DerCode.Canceled ? 1 : 0;
        }

        call.Code = code;
        return code;
    }
}
