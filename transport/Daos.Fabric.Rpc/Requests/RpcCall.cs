namespace Daos.Fabric.Rpc.Requests;

/// <summary>
/// One call. Owned by the context's loop: rent, admit, expose memory, fill the request, send, read the reply, free.
/// </summary>
public sealed unsafe class RpcCall : PooledOperation<DerCode>
{
    internal RpcCall(RpcContext context) => Context = context;

    /// <summary>The context it was rented from.</summary>
    public RpcContext Context { get; }

    /// <summary>Goes with the request's header; 0 where it means nothing. Set before <see cref="BeginRequest(int)"/>.</summary>
    public uint MapVersion { get; set; }

    /// <summary>
    /// Waits for a credit of the endpoint and an open connection; usually both are there and this completes at once. Codes: DER_UNREACH,
    /// DER_TIMEDOUT, DER_CANCELED; then nothing is held and the call may be freed or admitted again.
    /// </summary>
    /// <param name="endpoint">Where to.</param>
    /// <param name="opcode">What to do.</param>
    /// <param name="deadlineNs">On the loop's monotonic clock; 0 for <see cref="RpcOptions.CallTimeoutNs"/> from now.</param>
    /// <param name="flags"><see cref="RpcFlags.OneWay"/> and <see cref="RpcFlags.Resend"/>; the others are set by the call itself.</param>
    public ValueTask<DerCode> AdmitAsync(RpcEndpoint endpoint, RpcOpcode opcode, long deadlineNs = 0, RpcFlags flags = RpcFlags.None) => throw new NotImplementedException();

    /// <summary>
    /// Lets the peer read or write native (or pinned) memory until this call completes; at most <see cref="RpcLimits.ExposedMax"/> ranges.
    /// The memory belongs to the transport until then. Between admission and <see cref="BeginRequest(int)"/>.
    /// </summary>
    public RemoteMemory Expose(byte* address, long lengthBytes, MemoryAccess access) => throw new NotImplementedException();

    /// <summary>Room for the request's payload in the outgoing stream: fill it and call <see cref="SendAsync"/>, with no await in between.</summary>
    public Span<byte> BeginRequest(int maxBytes) => throw new NotImplementedException();

    /// <summary>The same for a request that changes something.</summary>
    public Span<byte> BeginRequest(int maxBytes, in ModificationInfo modification) => throw new NotImplementedException();

    /// <summary>
    /// Sends the request and waits for the reply (one-way: completes at once). The reply's code, or DER_UNREACH, DER_TIMEDOUT,
    /// DER_CANCELED, DER_OVERLOAD_RETRY. When it completes, exposed memory is revoked and the credit is free.
    /// </summary>
    /// <param name="lengthBytes">Payload bytes that were filled.</param>
    public ValueTask<DerCode> SendAsync(int lengthBytes) => throw new NotImplementedException();

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

    /// <summary>
    /// Ends the call early: it completes with DER_CANCELED once its memory is revoked and its credit is free. Nothing happens when it has
    /// completed.
    /// </summary>
    public void Cancel() => throw new NotImplementedException();

    /// <summary>Returns the call to its context; its task must have been awaited.</summary>
    public void Free() => throw new NotImplementedException();

    /// <inheritdoc/>
    protected override void Release() => throw new NotImplementedException();
}
