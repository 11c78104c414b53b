namespace Daos.Fabric.Transport.Sockets.Bulk;

/// <summary>
/// Memory on its way into the outgoing stream, chunk by chunk: a write of ours, or the answer to a peer's read. Owned by one owner
/// thread.
/// </summary>
internal sealed unsafe class BulkSource
{
    /// <summary>The initiator's number of the transfer.</summary>
    internal uint Transfer { get; set; }

    /// <summary>Write chunk or read data.</summary>
    internal FrameKind Kind { get; set; }

    /// <summary>The registration: the peer's for a write, ours for a read that we serve.</summary>
    internal ulong Key { get; set; }

    /// <summary>Where the transfer begins in the registered memory.</summary>
    internal ulong OffsetBytes { get; set; }

    /// <summary>First byte to send.</summary>
    internal byte* Address { get; set; }

    /// <summary>Bytes of the transfer.</summary>
    internal int LengthBytes { get; set; }

    /// <summary>Bytes committed to the stream.</summary>
    internal int PositionBytes { get; set; }

    /// <summary>Pieces of the stream that name the memory and were not sent yet.</summary>
    internal int PiecesUnderWay { get; set; }

    /// <summary>True when the whole transfer was committed; an empty write is one empty chunk.</summary>
    internal bool IsCommitted { get; set; }

    /// <summary>True when the registration was revoked: nothing further is read from the memory.</summary>
    internal bool IsRevoked { get; set; }

    /// <summary>The write that this belongs to; null for a read that we serve.</summary>
    internal RemoteOperation? Operation { get; init; }

    /// <summary>Next in the queue of sources.</summary>
    internal BulkSource? Next { get; set; }

    /// <summary>Starts a use of this object.</summary>
    internal void Begin(uint transfer, FrameKind kind, ulong key, ulong offsetBytes, byte* address, int lengthBytes)
    {
        Transfer = transfer;
        Kind = kind;
        Key = key;
        OffsetBytes = offsetBytes;
        Address = address;
        LengthBytes = lengthBytes;
        PositionBytes = 0;
        PiecesUnderWay = 0;
        IsCommitted = false;
        IsRevoked = false;
        Next = null;
    }
}
