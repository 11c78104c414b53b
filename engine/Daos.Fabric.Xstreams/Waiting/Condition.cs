namespace Daos.Fabric.Xstreams.Waiting;

/// <summary>
/// A condition variable for ULTs: wait for a change of state that a <see cref="UltMutex"/> guards. No spurious wake-ups, but the state
/// may have changed again once the mutex came back, so check it in a loop. One owner thread; oldest waiter first.
/// </summary>
public sealed class Condition(OwnerThread owner)
{
    private WaiterList<bool> _waiters;

    /// <summary>Unlocks the mutex, waits for a signal, and locks it again.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    public async ValueTask WaitAsync(UltMutex mutex)
    {
        Waiter<bool> waiter = Waiter<bool>.Rent(owner);
        _waiters.Append(waiter);
        mutex.Unlock();
        await waiter.Task;
        await mutex.LockAsync();
    }

    /// <summary>Readies the oldest waiter; nothing happens without one.</summary>
    public void Signal()
    {
        owner.Assert();
        _waiters.Take()?.Finish(true);
    }

    /// <summary>Readies everybody who waits now.</summary>
    public void Broadcast()
    {
        owner.Assert();
        _waiters.FinishAll(true);
    }
}
