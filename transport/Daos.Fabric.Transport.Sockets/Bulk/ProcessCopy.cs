namespace Daos.Fabric.Transport.Sockets.Bulk;

/// <summary>
/// Bytes on their way out of the peer's process, copied by this side: a read of ours, or a write that the peer asked us to fetch. Owned by
/// one owner thread.
/// </summary>
internal sealed unsafe class ProcessCopy
{
    /// <summary>The initiator's number of the transfer.</summary>
    internal uint Transfer { get; private set; }

    /// <summary>The registration: the peer's for a read of ours, ours for a write of the peer.</summary>
    internal ulong Key { get; private set; }

    /// <summary>Where the transfer begins in the registered memory.</summary>
    internal ulong OffsetBytes { get; private set; }

    /// <summary>First byte in the peer's process.</summary>
    internal byte* Remote { get; private set; }

    /// <summary>Bytes of the transfer.</summary>
    internal int LengthBytes { get; private set; }

    /// <summary>Bytes copied.</summary>
    internal int PositionBytes { get; set; }

    /// <summary>The read that this belongs to; null for a write that the peer asked for.</summary>
    internal RemoteOperation? Operation { get; init; }

    /// <summary>Next in the queue.</summary>
    internal ProcessCopy? Next { get; set; }

    /// <summary>Starts a use of this object.</summary>
    internal void Begin(uint transfer, ulong key, ulong offsetBytes, byte* remote, int lengthBytes)
    {
        Transfer = transfer;
        Key = key;
        OffsetBytes = offsetBytes;
        Remote = remote;
        LengthBytes = lengthBytes;
        PositionBytes = 0;
        Next = null;
    }
}
