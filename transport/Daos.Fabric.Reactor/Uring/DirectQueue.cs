namespace Daos.Fabric.Reactor.Uring;

/// <summary>
/// The few receives or sends that a spinning loop makes by calls of its own. Entries are taken out by naming none and disappear with
/// <see cref="Compact"/>, so that what completions add while the queue is walked stands behind what is walked. Owned by the reactor's
/// thread.
/// </summary>
internal sealed class DirectQueue
{
    /// <summary>Operations at most, count: each costs every turn a system call, however many other sockets are quiet.</summary>
    internal const int LiveMax = 4;

    /// <summary>The tag of an entry that was taken out.</summary>
    internal const ulong None = ulong.MaxValue;

    // Every live entry may be replaced by another while the queue is walked.
    private readonly Entry[] _entries = new Entry[2 * LiveMax];
    private int _live;

    /// <summary>Entries, those taken out included.</summary>
    internal int Count { get; private set; }

    /// <summary>An entry; the reference stays good until <see cref="Compact"/>.</summary>
    internal ref Entry this[int index] => ref _entries[index];

    /// <summary>Appends an operation; false when there are enough.</summary>
    internal bool TryAdd(ulong tag)
    {
        if (_live == LiveMax || Count == _entries.Length)
        {
            return false;
        }

        _live++;
        _entries[Count++] = new Entry { Tag = tag };
        return true;
    }

    /// <summary>Takes an entry out.</summary>
    internal void TakeOut(int index)
    {
        _entries[index].Tag = None;
        _live--;
    }

    /// <summary>Closes the gaps.</summary>
    internal void Compact()
    {
        int kept = 0;
        for (int i = 0; i < Count; i++)
        {
            if (_entries[i].Tag != None)
            {
                _entries[kept++] = _entries[i];
            }
        }

        Count = kept;
    }

    /// <summary>Takes everything out.</summary>
    internal void Clear()
    {
        Count = 0;
        _live = 0;
    }

    /// <summary>One operation and how often it was tried in vain.</summary>
    internal struct Entry
    {
        public ulong Tag;
        public int Misses;
    }
}
