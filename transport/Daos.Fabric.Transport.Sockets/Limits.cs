namespace Daos.Fabric.Transport.Sockets;

/// <summary>Fixed limits of this project. Any thread.</summary>
internal static class Limits
{
    /// <summary>Bytes of a bulk chunk at most; the hello says so. Sent where nobody waits for calls beside the bulk.</summary>
    internal const int ChunkBytesMax = 256 * 1024;

    /// <summary>
    /// Bytes of a bulk chunk at most while calls go on beside the bulk. Small messages pass between chunks, so this is what one waits for at either end (about
    /// 10 us on a 7 GB/s stream each); the larger it is the fewer headers and system calls a transfer costs.
    /// </summary>
    internal const int ChunkBytes = 64 * 1024;

    /// <summary>
    /// Bytes of a transfer that are sent before the next transfer's turn comes, a multiple of <see cref="ChunkBytes"/>: what others wait
    /// for at most per transfer in front of them.
    /// </summary>
    internal const int BulkQuantumBytes = 16 * ChunkBytes;

    /// <summary>Transfers of one connection under way at once in each direction, count; further ones wait at their initiator.</summary>
    internal const int TransfersPerConnection = 256;

    /// <summary>
    /// Bytes copied at once out of the peer's process: what a small message waits for at most, about 13 us at 10 GB/s; a divisor of
    /// <see cref="BulkQuantumBytes"/>.
    /// </summary>
    internal const int ProcessCopyBytes = 128 * 1024;

    /// <summary>Bytes of a transfer at least that is copied between processes: a shorter one is on its way before the address is known.</summary>
    internal const int ProcessCopyBytesMin = 64 * 1024;

    /// <summary>Pieces of the outgoing stream committed at once, count; a power of two, no more than a reactor sends at once.</summary>
    internal const int PiecesMax = 64;

    /// <summary>Free room at the end of a receive segment, in bytes, below which it is not worth a system call.</summary>
    internal const int ReceiveBytesMin = 4096;

    /// <summary>The same in a small segment.</summary>
    internal const int SmallReceiveBytesMin = 512;

    /// <summary>
    /// How much to receive, in bytes, when the next bytes are a bulk chunk's header: what comes along of the data must be copied, the
    /// rest is received straight into its place.
    /// </summary>
    internal const int ReceiveBytesBeforeBulk = 4096;

    /// <summary>
    /// Bytes of the segment that a connection with little to say receives into. A receive that fills it is followed by large ones.
    /// </summary>
    internal const int SmallSegmentBytes = 4096;

    /// <summary>Receives in a row that would have fitted into a small segment, count, after which one is used.</summary>
    internal const int ReceivesBeforeSmall = 32;

    /// <summary>Segments that every connection is sure of, count: one to receive into, one to send from.</summary>
    internal const int SegmentsPerConnection = 2;

    /// <summary>
    /// Bytes of segments shared by the connections of a context for bursts and for messages that the layer above keeps: enough for 16
    /// connections at their send limit, a few per cent of a small host's memory, touched only by use.
    /// </summary>
    internal const int SharedSegmentBytes = 64 * 1024 * 1024;

    /// <summary>
    /// A peer whose answers queue up to this multiple of TransportOptions.SendQueueBytesMax is not listened to until half of them left.
    /// </summary>
    internal const int SendQueuePauseFactor = 2;

    /// <summary>
    /// A queue may grow to this multiple of TransportOptions.SendQueueBytesMax before the connection is closed: replies go on after
    /// CanSend turned false, and the layer above bounds them by its credits.
    /// </summary>
    internal const int SendQueueHardFactor = 4;

    /// <summary>How long a peer may take to say hello, in ns, so that mute connections do not use up the table.</summary>
    internal const long HelloNs = 5_000_000_000;

    /// <summary>
    /// Looks at a peer (TransportOptions.KeepaliveNs apart), count, after which a frame that was begun has to be complete, so that one
    /// who feeds single bytes holds memory for a bounded time only.
    /// </summary>
    internal const int UnfinishedIntervals = 2;

    /// <summary>Looks in a row at a silent peer, count: it is asked at the first and given up at the last.</summary>
    internal const int SilentIntervals = 3;

    /// <summary>How long a closing connection tries to send what it still has, in ns.</summary>
    internal const long LingerNs = 200_000_000;

    /// <summary>Connections that the system may keep for us before we accept them, count.</summary>
    internal const int ListenBacklog = 1024;

    /// <summary>Plain bytes in one record of a record layer at most (TLS's limit).</summary>
    internal const int RecordBytesMax = 16 * 1024;

    /// <summary>Sealed bytes that wait for the socket at most, before the last record: what was sealed cannot give way any more.</summary>
    internal const int SealedBytes = 128 * 1024;

    /// <summary>What is said to a peer that greets in TLS.</summary>
    internal const string PeerUsesTls = "the peer uses TLS and this side does not: give it the TLS options too";

    /// <summary>Segments that a connection with a record layer is sure of, count: plain and sealed bytes in both directions.</summary>
    internal const int SegmentsPerSealedConnection = 4;

    /// <summary>Bytes of the text in a goodbye frame at most.</summary>
    internal const int GoodbyeTextBytes = 240;
}
