namespace Daos.Fabric.Xstreams.Waiting;

/// <summary>
/// A value that is set once and that any number of ULTs wait for (ABT_eventual). <see cref="Reset"/> makes it new. Owned by one owner
/// thread; waiting allocates nothing, waiters continue in the order in which they came.
/// </summary>
public sealed class Eventual<T>(OwnerThread owner)
{
    private WaiterList<T> _waiters;
    private T _value = default!;

    /// <summary>True once the value is there.</summary>
    public bool IsSet { get; private set; }

    /// <summary>Gives the value and readies every waiter; once until the next <see cref="Reset"/>.</summary>
    public void Set(T value)
    {
        owner.Assert();
        Invariant.Check(!IsSet);
        IsSet = true;
        _value = value;
        _waiters.FinishAll(value);
    }

    /// <summary>The value, at once or when it comes.</summary>
    public ValueTask<T> WaitAsync()
    {
        owner.Assert();
        if (IsSet)
        {
            return new ValueTask<T>(_value);
        }

        Waiter<T> waiter = Waiter<T>.Rent(owner);
        _waiters.Append(waiter);
        return waiter.Task;
    }

    /// <summary>Forgets the value.</summary>
    public void Reset()
    {
        owner.Assert();
        Invariant.Check(_waiters.IsEmpty);
        IsSet = false;
        _value = default!;
    }
}
