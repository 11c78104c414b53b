namespace Daos.Fabric.Transport;

/// <summary>One peer of a context. Owned by the context's owner thread.</summary>
public abstract unsafe class TransportConnection
{
    /// <summary>For the layer above: what it keeps per peer.</summary>
    public object? Tag { get; set; }

    /// <summary>For logs.</summary>
    public abstract string PeerName { get; }

    /// <summary>The scheme of the addresses that it came or went by, such as <c>tcp</c>; empty when the provider does not say.</summary>
    public virtual string Scheme => "";

    /// <summary>False once the connection failed or was closed; pending work was told already.</summary>
    public abstract bool IsOpen { get; }

    /// <summary>False while more than the allowed bytes wait for the peer; senders hold back new requests until OnWritable.</summary>
    public abstract bool CanSend { get; }

    /// <summary>
    /// Room for one message of up to <paramref name="maxBytes"/> at the end of the outgoing stream; fill it and call
    /// <see cref="EndMessage"/> before anything else is sent. Nothing awaits in between. Always gives room: on a connection that
    /// ended the bytes go nowhere (its end is told by <see cref="ITransportHandler.OnClosed"/>), and one whose queue grows far beyond
    /// the limit, because the layer above ignores <see cref="CanSend"/>, is closed with DER_DOS. The room is native or pinned memory. A
    /// message that is begun and not ended is dropped by the next one.
    /// </summary>
    /// <param name="maxBytes">At most <see cref="TransportOptions.MessageBytesMax"/>.</param>
    public abstract Span<byte> BeginMessage(int maxBytes);

    /// <summary>Seals the message (length, checksum). It leaves with everything else of this turn in one system call.</summary>
    public abstract void EndMessage(int lengthBytes);

    /// <summary>
    /// Reads the peer's memory into local native memory (the engine pulls what a client wants to store). Completes with Success,
    /// DER_NO_PERM for a key that is wrong, revoked or out of range, DER_UNREACH when the connection ends, DER_CSUM.
    /// Local memory belongs to the transport until then.
    /// </summary>
    public abstract ValueTask<DerCode> ReadRemoteAsync(RemoteMemory memory, long offsetBytes, byte* destination, int lengthBytes);

    /// <summary>
    /// Writes local native memory into the peer's memory; completes when the source may be reused and the bytes are ordered before
    /// any message sent afterwards on this connection. Codes as above; a refused write closes nothing and is reported here or, if
    /// the provider cannot wait for it, by the peer failing the request.
    /// </summary>
    public abstract ValueTask<DerCode> WriteRemoteAsync(RemoteMemory memory, long offsetBytes, byte* source, int lengthBytes);

    /// <summary>
    /// Closes the connection; everything pending ends with the code. <see cref="ITransportHandler.OnClosed"/> follows from the ready
    /// queue, never inside this call.
    /// </summary>
    public abstract void Close(DerCode reason);
}
