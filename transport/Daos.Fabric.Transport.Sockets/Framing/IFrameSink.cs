namespace Daos.Fabric.Transport.Sockets.Framing;

/// <summary>
/// What frames mean: the connection behind a <see cref="FrameReader"/>. Every code but success ends the connection. Pointers are valid
/// during the call. Owned by one owner thread.
/// </summary>
internal unsafe interface IFrameSink
{
    /// <summary>False once the connection closed, or while the peer is not listened to: nothing further is read.</summary>
    bool IsReading { get; }

    /// <summary>
    /// The peer's hello, the first frame, with a probe behind it when it says so; success when the connection may go on.
    /// </summary>
    DerCode OnHello(HelloWire* hello);

    /// <summary>The peer ends the connection.</summary>
    DerCode OnGoodbye(DerCode reason, ReadOnlySpan<byte> text);

    /// <summary>The peer asks whether we are there, or answers our question.</summary>
    void OnPing(bool isAnswer);

    /// <summary>A message.</summary>
    void OnMessage(byte* payload, int lengthBytes, Segment segment);

    /// <summary>The peer wants to read our memory.</summary>
    DerCode OnReadRequest(uint transfer, ReadRequestWire* request);

    /// <summary>Data that we asked for: where does it go (null: nowhere)?</summary>
    DerCode OnReadData(uint transfer, ReadDataWire* chunk, out byte* destination);

    /// <summary>Data for our memory: where does it go (null: nowhere, the write is refused)?</summary>
    DerCode OnWriteChunk(uint transfer, WriteChunkWire* chunk, out byte* destination);

    /// <summary>The data of a chunk is complete.</summary>
    /// <param name="transfer">The transfer.</param>
    /// <param name="kind">Read data or write chunk.</param>
    /// <param name="last">The chunk had <see cref="FrameFlags.Last"/>.</param>
    /// <param name="outcome">
    /// Success when the data is in its place; DER_NO_PERM when it had none or the place was revoked; else the sender's code.
    /// </param>
    DerCode OnDataEnd(uint transfer, FrameKind kind, bool last, DerCode outcome);

    /// <summary>The peer wants its bytes copied into our memory by us.</summary>
    DerCode OnCopyRequest(uint transfer, CopyRequestWire* request);

    /// <summary>The peer wants to copy our memory itself, and asks where it stands.</summary>
    DerCode OnAddressRequest(uint transfer, ReadRequestWire* request);

    /// <summary>Where the memory stands that we want to copy.</summary>
    DerCode OnAddress(uint transfer, ulong address);

    /// <summary>The peer has copied our memory, and asks whether that was right.</summary>
    DerCode OnCopied(uint transfer, ReadRequestWire* request);

    /// <summary>The outcome of a transfer of ours.</summary>
    DerCode OnTransferEnd(uint transfer, DerCode outcome);
}
