namespace Daos.Fabric.Xstreams.Waiting;

/// <summary>Holds ULTs until a given number of them arrived, then lets all go and starts over. Owned by one owner thread.</summary>
public sealed class UltBarrier(OwnerThread owner, int parties)
{
    private WaiterList<bool> _waiters;

    /// <summary>ULTs that wait now.</summary>
    public int Arrived { get; private set; }

    /// <summary>Arrives and waits for the others; true for the one that arrived last.</summary>
    public ValueTask<bool> ArriveAsync()
    {
        owner.Assert();
        if (++Arrived == parties)
        {
            Arrived = 0;
            _waiters.FinishAll(false);
            return new ValueTask<bool>(true);
        }

        Waiter<bool> waiter = Waiter<bool>.Rent(owner);
        _waiters.Append(waiter);
        return waiter.Task;
    }
}
