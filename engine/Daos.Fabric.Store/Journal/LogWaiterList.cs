namespace Daos.Fabric.Store.Journal;

/// <summary>First-in first-out list of waiters, linked through themselves. Owned by one owner thread.</summary>
internal struct LogWaiterList
{
    private LogWaiter? _head;
    private LogWaiter? _tail;

    /// <summary>Callers that wait.</summary>
    internal int Count { get; private set; }

    internal void Add(LogWaiter waiter)
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
        Count++;
    }

    /// <summary>Answers everybody in order. Continuations run later, so the list may be filled again meanwhile.</summary>
    internal void FinishAll(DerCode code)
    {
        LogWaiter? waiter = _head;
        _head = null;
        _tail = null;
        Count = 0;
        while (waiter is not null)
        {
            LogWaiter? next = waiter.Next;
            waiter.Next = null;
            waiter.Finish(code);
            waiter = next;
        }
    }
}
