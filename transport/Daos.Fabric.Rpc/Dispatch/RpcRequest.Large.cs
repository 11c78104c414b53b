using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Core.Faults;
using Daos.Fabric.Rpc.Wire;

namespace Daos.Fabric.Rpc.Dispatch;

/// <content>Payloads that do not fit a message: pulled before the handler runs, pushed after it ended.</content>
public sealed partial class RpcRequest
{
    private LargePayloadWire _large;
    private NativeSlab? _requestStaging;
    private NativeSlab? _replyStaging;
    private int _stagedBytes;
    private DerCode _stagedCode;

    /// <summary>The longest payload that a reply may have: what fits a message, or what the sender made room for.</summary>
    public int ReplyBytesMax => Math.Max(InlineReplyBytesMax, _replyStaging is null ? 0 : (int)_large.Reply.LengthBytes);

    private int InlineReplyBytesMax => Context.Options.Transport.MessageBytesMax - RpcHeaderWire.SizeBytes;

    /// <summary>Gets the memory for a large request; the request was not started then if there is none.</summary>
    internal DerCode TryPrepare(in LargePayloadWire large)
    {
        if (large.Request.LengthBytes > RpcLimits.PayloadBytesMax || large.Reply.LengthBytes > RpcLimits.PayloadBytesMax)
        {
            return DerCode.Overflow;
        }

        if (FaultRegistry.Fires(Context.Options.Faults, FaultPoint.RpcStagingExhausted))
        {
            return DerCode.OverloadRetry;
        }

        StagingMemory staging = Context.Staging;
        _requestStaging = large.Request.IsValid ? staging.TryRent((int)large.Request.LengthBytes) : null;
        _replyStaging = large.Reply.IsValid ? staging.TryRent((int)large.Reply.LengthBytes) : null;
        _large = large;
        if ((large.Request.IsValid && _requestStaging is null) || (large.Reply.IsValid && _replyStaging is null))
        {
            ReturnStaging();
            return DerCode.OverloadRetry;
        }

        return DerCode.Success;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask HandleLargeAsync()
    {
        if (_requestStaging is not null)
        {
            DerCode code = await PullPayload();
            if (code.IsError || IsCanceled)
            {
                EnsureReplied(code.IsError ? code : DerCode.Canceled);
                return;
            }
        }

        await _operation!.Handler(this);
        if (_replyState == ReplyState.Staged)
        {
            SendStaged(await PushStaged());
        }
    }

    private unsafe byte* StagedAddress => _replyStaging!.Address;

    private unsafe ValueTask<DerCode> PushStaged() => PushAsync(_large.Reply, 0, StagedAddress, _stagedBytes);

    private unsafe ValueTask<DerCode> PullPayload()
    {
        PayloadAddress = _requestStaging!.Address;
        PayloadBytes = (int)_large.Request.LengthBytes;
        return PullAsync(_large.Request, 0, PayloadAddress, PayloadBytes);
    }

    // The payload lies in the sender's room (or did not get there); the message says how long it is.
    private void SendStaged(DerCode pushed)
    {
        _replyState = ReplyState.None;
        Span<byte> room = BeginReplyMessage(LargePayloadWire.ReplySizeBytes);
        MemoryMarshal.Write(room, (long)_stagedBytes);
        _isLargeReply = pushed.IsSuccess;
        EndReply(pushed.IsSuccess ? LargePayloadWire.ReplySizeBytes : 0, pushed.IsSuccess ? _stagedCode : pushed);
    }

    private unsafe Span<byte> BeginStagedReply(int maxBytes)
    {
        if (_replyStaging is null || maxBytes > _large.Reply.LengthBytes)
        {
            throw new InvalidOperationException($"{Opcode}: a reply of {maxBytes} bytes; the sender has room for {ReplyBytesMax}");
        }

        _replyState = ReplyState.Begun;
        _replyRoomBytes = maxBytes;
        _isStaging = true;
        return new Span<byte>(StagedAddress, maxBytes);
    }

    private unsafe void EndStagedReply(int lengthBytes, DerCode code)
    {
        _isStaging = false;
        if (lengthBytes > Context.Options.EagerBytesMax)
        {
            _stagedBytes = lengthBytes;
            _stagedCode = code;
            _replyState = ReplyState.Staged;
            return;
        }

        // Shorter than the handler thought.
        _replyState = ReplyState.None;
        new ReadOnlySpan<byte>(StagedAddress, lengthBytes).CopyTo(BeginReplyMessage(lengthBytes));
        EndReply(lengthBytes, code);
    }

    private void ReturnStaging()
    {
        _large = default;
        if (_requestStaging is { } request)
        {
            _requestStaging = null;
            Context.Staging.Return(request);
        }

        if (_replyStaging is { } reply)
        {
            _replyStaging = null;
            Context.Staging.Return(reply);
        }
    }
}
