namespace Daos.Fabric.Reactor.Simulated;

/// <summary>Events in order of virtual time; those of one time in the order in which they were scheduled. Owned by the simulator's thread.</summary>
internal sealed class EventQueue
{
    private readonly PriorityQueue<Entry, Key> _entries = new();
    private long _sequence;

    internal void Schedule(SimulatedEvent simulated, long dueNs)
    {
        simulated.MarkScheduled();
        _entries.Enqueue(new Entry(simulated, simulated.Generation), new Key(dueNs, _sequence++));
    }

    /// <summary>Due time of the earliest valid event, or <see cref="long.MaxValue"/>.</summary>
    internal long NextDueNs()
    {
        while (_entries.TryPeek(out Entry entry, out Key key))
        {
            if (entry.IsValid)
            {
                return key.DueNs;
            }

            _entries.Dequeue();
        }

        return long.MaxValue;
    }

    /// <summary>Takes the earliest event if it is due.</summary>
    internal SimulatedEvent? TakeDue(long nowNs)
    {
        if (NextDueNs() > nowNs)
        {
            return null;
        }

        SimulatedEvent simulated = _entries.Dequeue().Event;
        simulated.Revoke();
        return simulated;
    }

    private readonly record struct Entry(SimulatedEvent Event, int Generation)
    {
        public bool IsValid => Event.Generation == Generation;
    }

    private readonly record struct Key(long DueNs, long Sequence) : IComparable<Key>
    {
        public int CompareTo(Key other)
        {
            int byTime = DueNs.CompareTo(other.DueNs);
            return byTime != 0 ? byTime : Sequence.CompareTo(other.Sequence);
        }
    }
}
