namespace Daos.Fabric.Transport.Sockets;

/// <summary>Fixed limits of this project. Any thread.</summary>
internal static class Limits
{
    /// <summary>
    /// Bytes of a bulk chunk at most: small messages pass between chunks, so this is how long one waits (about 60 us on a 4 GB/s
    /// stream), and the larger it is the fewer headers and system calls a transfer costs.
    /// </summary>
    internal const int ChunkBytes = 256 * 1024;

    /// <summary>
    /// Bytes of a transfer that are sent before the next transfer's turn comes, a multiple of <see cref="ChunkBytes"/>: what others wait
    /// for at most per transfer in front of them.
    /// </summary>
    internal const int BulkQuantumBytes = 4 * ChunkBytes;

    /// <summary>Bulk bytes committed to the stream at most, in bytes: a message written now leaves behind no more than these.</summary>
    internal const int BulkCommitBytes = 2 * ChunkBytes;

    /// <summary>Transfers of one connection under way at once in each direction, count; further ones wait at their initiator.</summary>
    internal const int TransfersPerConnection = 256;

    /// <summary>Pieces of the outgoing stream committed at once, count; a power of two, no more than a reactor sends at once.</summary>
    internal const int PiecesMax = 64;

    /// <summary>Free room at the end of a receive segment, in bytes, below which it is not worth a system call.</summary>
    internal const int ReceiveBytesMin = 4096;

    /// <summary>
    /// How much to receive, in bytes, when the next bytes are a bulk chunk's header: what comes along of the data must be copied, the
    /// rest is received straight into its place.
    /// </summary>
    internal const int ReceiveBytesBeforeBulk = 4096;

    /// <summary>Segments that every connection is sure of, count: one to receive into, one to send from.</summary>
    internal const int SegmentsPerConnection = 2;

    /// <summary>
    /// Bytes of segments shared by the connections of a context for bursts and for messages that the layer above keeps: enough for 16
    /// connections at their send limit, a few per cent of a small host's memory, touched only by use.
    /// </summary>
    internal const int SharedSegmentBytes = 64 * 1024 * 1024;

    /// <summary>
    /// A queue may grow to this multiple of TransportOptions.SendQueueBytesMax before the connection is closed: replies go on after
    /// CanSend turned false, and the layer above bounds them by its credits.
    /// </summary>
    internal const int SendQueueHardFactor = 4;

    /// <summary>How long a peer may take to say hello, in ns, so that mute connections do not use up the table.</summary>
    internal const long HelloNs = 5_000_000_000;

    /// <summary>
    /// How long a connection with a transfer of ours under way may be silent, in ns: the peer's provider answers without its application,
    /// so a peer that says and takes nothing for so long is dead, and TCP alone does not tell one who only waits to receive.
    /// </summary>
    internal const long StallNs = 20_000_000_000;

    /// <summary>How long a closing connection tries to send what it still has, in ns.</summary>
    internal const long LingerNs = 200_000_000;

    /// <summary>Pause before accepting again after the system refused, in ns (out of descriptors, usually).</summary>
    internal const long AcceptRetryNs = 100_000_000;

    /// <summary>Connections that the system may keep for us before we accept them, count.</summary>
    internal const int ListenBacklog = 1024;

    /// <summary>Plain bytes in one record of a record layer at most (TLS's limit).</summary>
    internal const int RecordBytesMax = 16 * 1024;

    /// <summary>Bytes of the text in a goodbye frame at most.</summary>
    internal const int GoodbyeTextBytes = 240;
}
