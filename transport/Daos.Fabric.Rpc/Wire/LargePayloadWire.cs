namespace Daos.Fabric.Rpc.Wire;

/// <summary>
/// Stands before the payload of a request with <see cref="RpcFlags.Large"/>, 48 bytes: where the request's payload lies when it is not in
/// the message, and where a reply may go that does not fit a message.
/// </summary>
/// <remarks>
/// <code>
///  0 | request's payload: key, length, access (24 bytes); key 0: it follows these 48 bytes |
/// 24 | room for the reply: key, length, access (24 bytes); key 0: none                     |
/// </code>
/// The reply has the flag too when its payload went into that room; it then carries the payload's length (8 bytes) and nothing else.
/// </remarks>
/// <param name="Request">The request's payload.</param>
/// <param name="Reply">Room for the reply.</param>
internal readonly record struct LargePayloadWire(RemoteMemory Request, RemoteMemory Reply)
{
    internal const int SizeBytes = 2 * RemoteMemory.SizeBytes;

    /// <summary>Payload of a reply with the flag.</summary>
    internal const int ReplySizeBytes = sizeof(long);

    internal void Write(Span<byte> destination)
    {
        Request.Write(destination);
        Reply.Write(destination[RemoteMemory.SizeBytes..]);
    }

    /// <summary>Reads it; false when it is malformed.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> payload, out LargePayloadWire large)
    {
        var reader = new WireReader(payload);
        large = new LargePayloadWire(reader.ReadRemoteMemory(), reader.ReadRemoteMemory());
        return !reader.Failed
            && IsConsistent(large.Request, MemoryAccess.RemoteRead)
            && IsConsistent(large.Reply, MemoryAccess.RemoteWrite)
            && (large.Request.IsValid || large.Reply.IsValid)
            && (!large.Request.IsValid || reader.Remaining == 0);
    }

    private static bool IsConsistent(RemoteMemory memory, MemoryAccess access) =>
        memory.IsValid ? memory.Access == access && memory.LengthBytes > 0 : memory == default;
}
