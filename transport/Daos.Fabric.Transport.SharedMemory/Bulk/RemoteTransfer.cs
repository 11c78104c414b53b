namespace Daos.Fabric.Transport.SharedMemory.Bulk;

/// <summary>
/// A one-sided transfer that this side started. Owned by one owner thread; from its pool.
/// <code>
/// state      meaning                                        leaves by
/// Waiting    no number is free                              one is -> Asked
/// Asked      the grant was asked for                        Grant -> Copying, Sending, Receiving or the end
/// Copying    memory is copied piece by piece                last piece or Revoke -> the end; unreachable -> Asked
/// Sending    bytes go into the ring                         End -> the end
/// Receiving  bytes come from the ring                       last byte or End -> the end
/// </code>
/// </summary>
internal sealed unsafe class RemoteTransfer : PooledOperation<DerCode>
{
    private readonly OwnerPool<RemoteTransfer> _pool;

    private RemoteTransfer(OwnerPool<RemoteTransfer> pool) => _pool = pool;

    internal enum Phase : byte
    {
        Waiting,
        Asked,
        Copying,
        Sending,
        Receiving,
    }

    /// <summary>True for a read.</summary>
    internal bool IsRead { get; private set; }

    /// <summary>The peer's memory.</summary>
    internal ulong Key { get; private set; }

    /// <summary>Where the transfer begins in it.</summary>
    internal ulong OffsetBytes { get; private set; }

    /// <summary>Local memory.</summary>
    internal byte* Local { get; private set; }

    /// <summary>Bytes of the transfer.</summary>
    internal int LengthBytes { get; private set; }

    /// <summary>Bytes done.</summary>
    internal int PositionBytes { get; set; }

    /// <summary>Where it stands.</summary>
    internal Phase State { get; set; }

    /// <summary>How the memory is reached, while copying.</summary>
    internal GrantWay Way { get; set; }

    /// <summary>True when the grant may name the peer's process: it was asked so and was not refused since.</summary>
    internal bool MayReachProcess { get; set; }

    /// <summary>The peer's memory as mapped here or in its process, while copying.</summary>
    internal byte* Remote { get; set; }

    /// <summary>The mapped region that <see cref="Remote"/> lies in, by the peer's number.</summary>
    internal uint Region { get; set; }

    /// <summary>Its number, once it has one.</summary>
    internal uint Number { get; set; }

    /// <summary>Next in whatever queue it stands in.</summary>
    internal RemoteTransfer? Next { get; set; }

    internal static RemoteTransfer Rent(OwnerThread owner, bool read, RemoteMemory memory, long offsetBytes, byte* local, int lengthBytes)
    {
        OwnerPool<RemoteTransfer> pool = OwnerPool<RemoteTransfer>.Of(owner);
        RemoteTransfer transfer = pool.TryRent() ?? new RemoteTransfer(pool);
        transfer.Begin(owner);
        transfer.IsRead = read;
        transfer.Key = memory.Key;
        transfer.OffsetBytes = (ulong)offsetBytes;
        transfer.Local = local;
        transfer.LengthBytes = lengthBytes;
        transfer.PositionBytes = 0;
        transfer.State = Phase.Waiting;
        transfer.Way = GrantWay.None;
        transfer.MayReachProcess = false;
        transfer.Remote = null;
        transfer.Region = 0;
        transfer.Next = null;
        return transfer;
    }

    /// <summary>Ends it; the local memory is the caller's again.</summary>
    internal void Finish(DerCode code) => Complete(code);

    protected override void Release() => _pool.Return(this);
}
