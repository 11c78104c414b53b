namespace Daos.Fabric.Rpc.Requests;

/// <summary>
/// Payload of a request and room for its reply, of any length up to <see cref="RpcLimits.PayloadBytesMax"/>. The memory is native or
/// pinned and belongs to the call until it completes. A value.
/// </summary>
/// <param name="request">First byte of the request's payload; may be null when it is empty.</param>
/// <param name="requestBytes">Its length.</param>
/// <param name="replyRoom">Where a reply goes that is too long for a message; null for none.</param>
/// <param name="replyRoomBytes">Length of that room.</param>
public readonly unsafe struct RpcPayload(byte* request, int requestBytes, byte* replyRoom = null, int replyRoomBytes = 0)
{
    /// <summary>First byte of the request's payload.</summary>
    public byte* Request { get; } = request;

    /// <summary>Length of the request's payload.</summary>
    public int RequestBytes { get; } = requestBytes;

    /// <summary>Where a large reply goes; null for none.</summary>
    public byte* ReplyRoom { get; } = replyRoom;

    /// <summary>Length of that room.</summary>
    public int ReplyRoomBytes { get; } = replyRoomBytes;
}
