using Daos.Fabric.Rpc.Wire;

namespace Daos.Fabric.Rpc.Requests;

/// <content>Payloads above the eager limit: they stay where they are and the server moves them one-sided.</content>
public sealed unsafe partial class RpcCall
{
    private byte* _replyRoom;
    private int _replyRoomBytes;

    /// <summary>
    /// Sends a payload of any length and takes a reply of any length, after admission and instead of <see cref="BeginRequest(int)"/> and
    /// <see cref="SendAsync"/>. What is above <see cref="RpcOptions.EagerBytesMax"/> is moved one-sided by the server. A large reply is
    /// in <see cref="RpcPayload.ReplyRoom"/> when it completes, a small one in the message; <see cref="Reply"/> is the right one. Codes as
    /// there, and DER_OVERFLOW (longer than the server takes), DER_QUOTA_LIMIT (nothing could be exposed; see
    /// <see cref="RangesReserved"/>).
    /// </summary>
    public ValueTask<DerCode> SendLargeAsync(RpcPayload payload)
    {
        bool isLarge = Prepare(payload, out LargePayloadWire large, out int inlineBytes, out DerCode refused);
        Span<byte> room = BeginRequest((isLarge ? LargePayloadWire.SizeBytes : 0) + inlineBytes);
        return SendPrepared(payload, isLarge, large, inlineBytes, room, refused);
    }

    /// <summary>The same for a request that changes something.</summary>
    public ValueTask<DerCode> SendLargeAsync(RpcPayload payload, in ModificationInfo modification)
    {
        bool isLarge = Prepare(payload, out LargePayloadWire large, out int inlineBytes, out DerCode refused);
        Span<byte> room = BeginRequest((isLarge ? LargePayloadWire.SizeBytes : 0) + inlineBytes, modification);
        return SendPrepared(payload, isLarge, large, inlineBytes, room, refused);
    }

    private bool Prepare(in RpcPayload payload, out LargePayloadWire large, out int inlineBytes, out DerCode refused)
    {
        Invariant.Check(_state == CallState.Admitted);
        int eagerBytes = Context.Options.EagerBytesMax;
        RemoteMemory request = default;
        RemoteMemory reply = default;
        bool lacks = false;
        if (payload.RequestBytes > eagerBytes)
        {
            request = ExposeOn(_session!, payload.Request, payload.RequestBytes, MemoryAccess.RemoteRead);
            lacks = !request.IsValid;
        }

        if (payload.ReplyRoomBytes > eagerBytes)
        {
            reply = ExposeOn(_session!, payload.ReplyRoom, payload.ReplyRoomBytes, MemoryAccess.RemoteWrite);
            lacks |= !reply.IsValid;
            _replyRoom = payload.ReplyRoom;
            _replyRoomBytes = payload.ReplyRoomBytes;
        }

        large = new LargePayloadWire(request, reply);
        inlineBytes = request.IsValid || lacks ? 0 : payload.RequestBytes;
        refused = !lacks ? DerCode.Success : _session!.Connection.IsOpen ? DerCode.QuotaLimit : DerCode.Unreachable;
        return request.IsValid || reply.IsValid;
    }

    private ValueTask<DerCode> SendPrepared(
        in RpcPayload payload, bool isLarge, in LargePayloadWire large, int inlineBytes, Span<byte> room, DerCode refused)
    {
        if (refused.IsError)
        {
            return Refuse(refused);
        }

        if (isLarge)
        {
            _flags |= RpcFlags.Large;
            large.Write(room);
            room = room[LargePayloadWire.SizeBytes..];
        }

        new ReadOnlySpan<byte>(payload.Request, inlineBytes).CopyTo(room);
        return SendAsync((isLarge ? LargePayloadWire.SizeBytes : 0) + inlineBytes);
    }

    // Nothing left: the keys that were given out are known to nobody.
    private ValueTask<DerCode> Refuse(DerCode code)
    {
        Begin(Context.Loop);
        ValueTask<DerCode> task = Task;
        _message = null;
        _state = CallState.Sent;
        End(code, code == DerCode.Unreachable ? RpcCallState.Unreachable : RpcCallState.Canceled);
        return task;
    }

    // A reply whose payload lies in the caller's room; false when the peer claims what it cannot have done.
    private bool TakeLargeReply(ReadOnlySpan<byte> payload)
    {
        long lengthBytes = payload.Length == LargePayloadWire.ReplySizeBytes ? MemoryMarshal.Read<long>(payload) : -1;
        if (lengthBytes < 0 || lengthBytes > _replyRoomBytes)
        {
            return false;
        }

        ReplyAddress = _replyRoom;
        ReplyBytes = (int)lengthBytes;
        return true;
    }
}
