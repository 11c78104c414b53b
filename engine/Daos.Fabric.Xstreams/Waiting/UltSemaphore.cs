namespace Daos.Fabric.Xstreams.Waiting;

/// <summary>
/// A number of units that ULTs take and give back. Strictly first come, first served: a large request is not overtaken by small ones
/// behind it. Owned by one owner thread; allocates nothing.
/// </summary>
public sealed class UltSemaphore
{
    private readonly OwnerThread _owner;
    private readonly int _unitsMax;
    private WaiterList<bool> _waiters;

    /// <param name="owner">The owner thread of everybody who uses it.</param>
    /// <param name="units">Units in total, all free at first.</param>
    public UltSemaphore(OwnerThread owner, int units)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(units);
        _owner = owner;
        _unitsMax = units;
        FreeUnits = units;
    }

    /// <summary>Units that nobody holds.</summary>
    public int FreeUnits { get; private set; }

    /// <summary>Takes units if they are free and nobody waits.</summary>
    public bool TryAcquire(int units = 1)
    {
        _owner.Assert();
        Invariant.Check(units > 0 && units <= _unitsMax);
        if (!_waiters.IsEmpty || FreeUnits < units)
        {
            return false;
        }

        FreeUnits -= units;
        return true;
    }

    /// <summary>Takes units, at once or in turn.</summary>
    public ValueTask AcquireAsync(int units = 1)
    {
        if (TryAcquire(units))
        {
            return default;
        }

        Waiter<bool> waiter = Waiter<bool>.Rent(_owner, units);
        _waiters.Append(waiter);
        return waiter.TaskWithoutResult;
    }

    /// <summary>Gives units back.</summary>
    public void Release(int units = 1)
    {
        _owner.Assert();
        FreeUnits += units;
        Invariant.Check(FreeUnits <= _unitsMax);
        while (_waiters.Oldest is { } oldest && oldest.Units <= FreeUnits)
        {
            FreeUnits -= oldest.Units;
            _waiters.Take()!.Finish(true);
        }
    }
}
