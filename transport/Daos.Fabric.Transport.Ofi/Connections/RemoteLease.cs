namespace Daos.Fabric.Transport.Ofi.Connections;

/// <summary>
/// Our use of a peer's registered memory. Owned by one owner thread; from its pool.
/// <code>
/// state    meaning                                   leaves by
/// Asked    the peer was asked, transfers wait        Grant -> Granted, or refused -> gone
/// Granted  transfers run                             Revoke -> Revoked; idle when a message is sent -> returned, gone
/// Revoked  no transfer starts any more               the last one ends -> returned, gone
/// </code>
/// </summary>
internal sealed class RemoteLease
{
    private TransferQueue _waiting;

    internal enum LeaseState : byte
    {
        Asked,
        Granted,
        Revoked,
    }

    internal ulong Key { get; set; }

    internal LeaseState State { get; set; }

    internal ulong RemoteAddress { get; set; }

    internal ulong FabricKey { get; set; }

    internal long LengthBytes { get; set; }

    internal MemoryAccess Access { get; set; }

    /// <summary>Transfers that run.</summary>
    internal int Users { get; set; }

    /// <summary>Position among the connection's leases.</summary>
    internal int Index { get; set; }

    /// <summary>Transfers that wait for the grant.</summary>
    internal ref TransferQueue Waiting => ref _waiting;

    /// <summary>True when the transfer stays inside what the peer allows.</summary>
    internal bool Allows(OfiTransfer transfer)
    {
        MemoryAccess wanted = transfer.IsRead ? MemoryAccess.RemoteRead : MemoryAccess.RemoteWrite;
        return State == LeaseState.Granted
            && (Access & wanted) == wanted
            && (ulong)transfer.OffsetBytes <= (ulong)LengthBytes
            && transfer.LengthBytes <= LengthBytes - transfer.OffsetBytes;
    }
}
