namespace Daos.Fabric.Xstreams.Waiting;

/// <summary>One ULT that waits in a primitive; pooled per owner thread. Owned by one owner thread.</summary>
internal sealed class Waiter<T> : PooledOperation<T>
{
    private readonly OwnerThread _home;

    private Waiter(OwnerThread home) => _home = home;

    internal Waiter<T>? Next { get; set; }

    /// <summary>What this waiter asks for, where a primitive gives amounts.</summary>
    internal int Units { get; private set; }

    internal static Waiter<T> Rent(OwnerThread owner, int units = 1)
    {
        Waiter<T> waiter = OwnerPool<Waiter<T>>.Of(owner).Rent(owner, static home => new Waiter<T>(home));
        waiter.Units = units;
        waiter.Begin(owner);
        return waiter;
    }

    internal void Finish(T result) => Complete(result);

    protected override void Release() => OwnerPool<Waiter<T>>.Of(_home).Return(this);
}
