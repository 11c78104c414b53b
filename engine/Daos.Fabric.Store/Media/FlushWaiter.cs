namespace Daos.Fabric.Store.Media;

/// <summary>One caller that waits for a shared flush. Pooled per owner thread.</summary>
internal sealed class FlushWaiter : PooledOperation<DerCode>
{
    private readonly OwnerPool<FlushWaiter> _pool;

    private FlushWaiter(OwnerPool<FlushWaiter> pool) => _pool = pool;

    internal static FlushWaiter Rent(OwnerThread owner)
    {
        OwnerPool<FlushWaiter> pool = OwnerPool<FlushWaiter>.Of(owner);
        FlushWaiter waiter = pool.Rent(pool, static home => new FlushWaiter(home));
        waiter.Begin(owner);
        return waiter;
    }

    internal void Finish(DerCode code) => Complete(code);

    /// <inheritdoc/>
    protected override void Release() => _pool.Return(this);
}
