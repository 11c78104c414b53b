namespace Daos.Fabric.Transport.Sockets.Framing;

/// <summary>Which headers are allowed, judged before anything is done for them. Any thread.</summary>
internal static unsafe class FrameRules
{
    /// <summary>True for a message that may come once the peer greeted: the usual frame, judged by few comparisons.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool IsPlainMessage(FrameHeaderWire* header, int messageBytesMax) =>
        *(ulong*)header >> 32 == (ulong)FrameKind.Message && header->Argument == 0 && header->Length <= (uint)messageBytesMax;

    /// <summary>How many bytes behind the header stand inline; -1 when such a frame is not allowed now.</summary>
    /// <param name="header">What arrived.</param>
    /// <param name="messageBytesMax">A longer message is not allowed.</param>
    /// <param name="helloSeen">The peer said hello.</param>
    /// <param name="goodbyeSeen">The peer said goodbye.</param>
    internal static int InlineBytes(FrameHeaderWire* header, int messageBytesMax, bool helloSeen, bool goodbyeSeen)
    {
        uint length = header->Length;
        if (header->Reserved != 0 || goodbyeSeen || (header->Kind == FrameKind.Hello) == helloSeen)
        {
            // The only frame allowed before the hellos is a goodbye that says why there is none.
            return header->Kind == FrameKind.Goodbye && !goodbyeSeen ? GoodbyeBytes(header) : -1;
        }

        bool plain = header->Flags == FrameFlags.None;
        return header->Kind switch
        {
            FrameKind.Message when plain && header->Argument == 0 && length <= (uint)messageBytesMax => (int)length,
            FrameKind.ReadData when (header->Flags & ~FrameFlags.DataChecksum) == 0 => BulkBytes(length, ReadDataWire.SizeBytes),
            FrameKind.WriteChunk when (header->Flags & ~(FrameFlags.DataChecksum | FrameFlags.Last)) == 0 =>
                BulkBytes(length, WriteChunkWire.SizeBytes),
            FrameKind.ReadRequest when plain && length == ReadRequestWire.SizeBytes => ReadRequestWire.SizeBytes,
            FrameKind.TransferEnd when plain && length == TransferEndWire.SizeBytes => TransferEndWire.SizeBytes,
            FrameKind.AddressRequest or FrameKind.Copied when plain && length == ReadRequestWire.SizeBytes => ReadRequestWire.SizeBytes,
            FrameKind.CopyRequest when plain && length == CopyRequestWire.SizeBytes => CopyRequestWire.SizeBytes,
            FrameKind.Address when plain && length == AddressWire.SizeBytes => AddressWire.SizeBytes,
            FrameKind.Ping when plain && length == 0 && header->Argument <= FrameReader.PingAnswer => 0,

            // A newer peer may say more; its version decides whether it can be understood.
            FrameKind.Hello when plain && header->Argument == 0 && length is >= HelloWire.SizeBytes and <= HelloWire.SizeMaxBytes => (int)length,
            FrameKind.Goodbye => GoodbyeBytes(header),
            _ => -1,
        };
    }

    /// <summary>True when a hello is as long as its features say.</summary>
    internal static bool IsFormed(FrameHeaderWire* header, HelloWire* hello) =>
        (hello->Features & HelloWire.LetsCopy) == 0 || header->Length >= HelloWire.SizeBytes + HelloProbeWire.SizeBytes;

    /// <summary>True when a chunk of read data agrees with its header.</summary>
    internal static bool IsFormed(FrameHeaderWire* header, ReadDataWire* chunk) =>
        chunk->DataBytes == header->Length - ReadDataWire.SizeBytes && chunk->DataBytes != 0 && chunk->Reserved == 0;

    /// <summary>True when a write's chunk agrees with its header and lies inside its transfer.</summary>
    internal static bool IsFormed(FrameHeaderWire* header, WriteChunkWire* chunk)
    {
        bool inside = chunk->PositionBytes <= chunk->TransferBytes && chunk->DataBytes <= chunk->TransferBytes - chunk->PositionBytes;
        bool last = (header->Flags & FrameFlags.Last) != 0;
        bool endsTransfer = (ulong)chunk->PositionBytes + chunk->DataBytes == chunk->TransferBytes;
        bool formed = chunk->DataBytes == header->Length - WriteChunkWire.SizeBytes && chunk->TransferBytes <= int.MaxValue && chunk->Reserved == 0;
        return formed && inside && last == endsTransfer;
    }

    private static int GoodbyeBytes(FrameHeaderWire* header) =>
        header->Flags == FrameFlags.None && header->Reserved == 0 && header->Length <= Limits.GoodbyeTextBytes ? (int)header->Length : -1;

    private static int BulkBytes(uint length, int wireBytes) =>
        length >= (uint)wireBytes && length <= (uint)(wireBytes + Limits.ChunkBytesMax) ? wireBytes : -1;
}
