namespace Daos.Fabric.Bench.Running;

/// <summary>
/// Lets the reactor run between operations that complete at once: a slot waits here, and the job's loop opens the gate once per turn.
/// Owned by one owner thread.
/// </summary>
internal sealed class TurnGate(OwnerThread owner)
{
    private readonly List<Waiter> _waiting = [];
    private readonly List<Waiter> _opening = [];

    internal bool HasWaiters => _waiting.Count > 0;

    internal ValueTask NextTurn()
    {
        Waiter waiter = OwnerPool<Waiter>.Of(owner).Rent(owner, static _ => new Waiter());
        waiter.Start(owner);
        _waiting.Add(waiter);
        return waiter.TaskWithoutResult;
    }

    /// <summary>Called by the job between turns.</summary>
    internal void Open()
    {
        _opening.AddRange(_waiting);
        _waiting.Clear();
        foreach (Waiter waiter in _opening)
        {
            waiter.Finish();
        }

        _opening.Clear();
    }

    private sealed class Waiter : PooledOperation<bool>
    {
        private OwnerThread? _home;

        internal void Start(OwnerThread owner)
        {
            _home = owner;
            Begin(owner);
        }

        internal void Finish() => Complete(true);

        protected override void Release() => OwnerPool<Waiter>.Of(_home!).Return(this);
    }
}
