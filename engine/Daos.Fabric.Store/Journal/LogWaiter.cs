namespace Daos.Fabric.Store.Journal;

/// <summary>One caller that waits for the log: for a block to become stable, or for room. Pooled per owner thread.</summary>
internal sealed class LogWaiter : PooledOperation<DerCode>
{
    private readonly OwnerPool<LogWaiter> _pool;

    private LogWaiter(OwnerPool<LogWaiter> pool) => _pool = pool;

    /// <summary>The next in its list.</summary>
    internal LogWaiter? Next { get; set; }

    internal static LogWaiter Rent(OwnerThread owner)
    {
        OwnerPool<LogWaiter> pool = OwnerPool<LogWaiter>.Of(owner);
        LogWaiter waiter = pool.Rent(pool, static home => new LogWaiter(home));
        waiter.Begin(owner);
        return waiter;
    }

    internal void Finish(DerCode code) => Complete(code);

    /// <inheritdoc/>
    protected override void Release() => _pool.Return(this);
}
