namespace Daos.Fabric.Transport.Sockets.Bulk;

/// <summary>
/// A one-sided transfer that this side started. It ends when the outcome is known and the local memory is no longer in use by the
/// stream. Owned by one owner thread; from its pool.
/// </summary>
internal sealed unsafe class RemoteOperation : PooledOperation<DerCode>
{
    private readonly OwnerPool<RemoteOperation> _pool;

    private RemoteOperation(OwnerPool<RemoteOperation> pool)
    {
        _pool = pool;
        Source = new BulkSource { Operation = this };
        Copy = new ProcessCopy { Operation = this };
    }

    /// <summary>What a write sends.</summary>
    internal BulkSource Source { get; }

    /// <summary>What is copied for a read between processes.</summary>
    internal ProcessCopy Copy { get; }

    /// <summary>How its bytes go.</summary>
    internal TransferWay Way { get; set; }

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

    /// <summary>Bytes of a read that have or had a place named.</summary>
    internal int ExpectedPosition { get; set; }

    /// <summary>A write's outcome was told by the peer; of a read: it failed, and its end is still to come.</summary>
    internal bool HasOutcome { get; set; }

    /// <summary>The outcome.</summary>
    internal DerCode Outcome { get; set; }

    /// <summary>Its slot, or -1 while it waits for one.</summary>
    internal int Slot { get; set; }

    /// <summary>Next in the queue of those without a slot.</summary>
    internal RemoteOperation? NextWaiting { get; set; }

    internal static RemoteOperation Rent(OwnerThread owner, bool read, RemoteMemory memory, long offsetBytes, byte* local, int lengthBytes)
    {
        OwnerPool<RemoteOperation> pool = OwnerPool<RemoteOperation>.Of(owner);
        RemoteOperation operation = pool.Rent(pool, static home => new RemoteOperation(home));
        operation.Begin(owner);
        operation.IsRead = read;
        operation.Key = memory.Key;
        operation.OffsetBytes = (ulong)offsetBytes;
        operation.Local = local;
        operation.LengthBytes = lengthBytes;
        operation.Way = TransferWay.Stream;
        operation.ExpectedPosition = 0;
        operation.HasOutcome = false;
        operation.Outcome = DerCode.Success;
        operation.Slot = -1;
        operation.NextWaiting = null;
        return operation;
    }

    /// <summary>Ends it; the local memory is the caller's again.</summary>
    internal void Finish(DerCode code) => Complete(code);

    protected override void Release() => _pool.Return(this);
}
