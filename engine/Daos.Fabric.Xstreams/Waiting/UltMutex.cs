namespace Daos.Fabric.Xstreams.Waiting;

/// <summary>
/// Mutual exclusion of ULTs of one owner thread across awaits. Handed over in the order of arrival: whoever unlocks gives it to the
/// oldest waiter, nobody overtakes. Allocates nothing.
/// </summary>
public sealed class UltMutex(OwnerThread owner)
{
    private WaiterList<bool> _waiters;

    /// <summary>True while somebody holds it.</summary>
    public bool IsLocked { get; private set; }

    /// <summary>Takes the mutex if nobody holds it.</summary>
    public bool TryLock()
    {
        owner.Assert();
        if (IsLocked)
        {
            return false;
        }

        IsLocked = true;
        return true;
    }

    /// <summary>Takes the mutex, at once or when it is handed over. Not recursive.</summary>
    public ValueTask LockAsync()
    {
        if (TryLock())
        {
            return default;
        }

        Waiter<bool> waiter = Waiter<bool>.Rent(owner);
        _waiters.Append(waiter);
        return waiter.TaskWithoutResult;
    }

    /// <summary>Gives the mutex to the oldest waiter, or frees it.</summary>
    public void Unlock()
    {
        owner.Assert();
        Invariant.Check(IsLocked);
        Waiter<bool>? next = _waiters.Take();
        if (next is null)
        {
            IsLocked = false;
        }
        else
        {
            next.Finish(true);
        }
    }
}
