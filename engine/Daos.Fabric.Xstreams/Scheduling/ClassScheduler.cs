namespace Daos.Fabric.Xstreams.Scheduling;

/// <summary>
/// Deficit round robin over the request classes: first in, first out inside a class, and in each round a class may spend its quantum on
/// items that cost what DAOS weighs them. A class with work spends at least one item per round, so none starves, and a class that is
/// alone gets everything. A turn runs only what was ready at its start. Owned by one xstream.
/// </summary>
internal sealed class ClassScheduler
{
    private readonly WorkQueue[] _queues = new WorkQueue[RequestClass.Count];
    private readonly int[] _deficit = new int[RequestClass.Count];
    private readonly int[] _turnLeft = new int[RequestClass.Count];
    private uint _turnClasses;
    private int _budget;
    private int _cursor;

    /// <summary>Items queued now.</summary>
    internal int Count { get; private set; }

    /// <summary>Set by whoever watches the space of the xstream's target.</summary>
    internal SpacePressure Pressure { get; set; }

    /// <summary>Items of one class queued now.</summary>
    internal int CountOf(int requestClass) => _queues[requestClass].Count;

    internal void Enqueue(WorkItem item)
    {
        int requestClass = item.SchedulingClass < RequestClass.Count ? item.SchedulingClass : RequestClass.Anonymous;
        _queues[requestClass].Enqueue(item);
        Count++;
    }

    /// <summary>Fixes what this turn may run: what is ready now, at most <paramref name="budgetItems"/>.</summary>
    internal void BeginTurn(int budgetItems)
    {
        _budget = budgetItems;
        _turnClasses = 0;
        for (int i = 0; i < RequestClass.Count; i++)
        {
            _turnLeft[i] = _queues[i].Count;
            if (_turnLeft[i] > 0)
            {
                _turnClasses |= 1u << i;
            }
            else
            {
                _deficit[i] = 0;
            }
        }
    }

    /// <summary>The next item of this turn, or null when the turn is spent.</summary>
    internal WorkItem? Next()
    {
        if (_budget == 0 || _turnClasses == 0)
        {
            return null;
        }

        while (_turnLeft[_cursor] == 0 || _deficit[_cursor] < ClassShares.CostOf(_cursor))
        {
            MoveCursor();
        }

        _budget--;
        _deficit[_cursor] -= ClassShares.CostOf(_cursor);
        if (--_turnLeft[_cursor] == 0)
        {
            _turnClasses &= ~(1u << _cursor);
        }

        Count--;
        return _queues[_cursor].Dequeue();
    }

    // To the next class with work in this turn, which receives its quantum; what it saved is bounded, so that no class can hoard.
    private void MoveCursor()
    {
        do
        {
            _cursor = _cursor + 1 == RequestClass.Count ? 0 : _cursor + 1;
        }
        while (_turnLeft[_cursor] == 0);

        int quantum = ClassShares.QuantumOf(_cursor, Pressure);
        _deficit[_cursor] = Math.Min(_deficit[_cursor] + quantum, 2 * quantum);
    }
}
