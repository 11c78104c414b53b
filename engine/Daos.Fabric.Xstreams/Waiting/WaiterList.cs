namespace Daos.Fabric.Xstreams.Waiting;

/// <summary>ULTs that wait, oldest first, linked through themselves. Owned by one owner thread.</summary>
internal struct WaiterList<T>
{
    private Waiter<T>? _head;
    private Waiter<T>? _tail;

    internal readonly bool IsEmpty => _head is null;

    internal readonly Waiter<T>? Oldest => _head;

    internal void Append(Waiter<T> waiter)
    {
        if (_tail is null)
        {
            _head = waiter;
        }
        else
        {
            _tail.Next = waiter;
        }

        _tail = waiter;
    }

    internal Waiter<T>? Take()
    {
        Waiter<T>? waiter = _head;
        if (waiter is null)
        {
            return null;
        }

        _head = waiter.Next;
        waiter.Next = null;
        if (_head is null)
        {
            _tail = null;
        }

        return waiter;
    }

    /// <summary>Finishes everyone who waits now, in order.</summary>
    internal void FinishAll(T result)
    {
        while (Take() is { } waiter)
        {
            waiter.Finish(result);
        }
    }
}
