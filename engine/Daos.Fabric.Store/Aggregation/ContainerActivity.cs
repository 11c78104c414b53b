namespace Daos.Fabric.Store.Aggregation;

/// <summary>
/// Which containers have nothing for an aggregation to look at: nothing was written in them above the epoch up to which the last complete way
/// through them went. In memory only; after opening, every container is looked at once. Owned by one xstream.
/// </summary>
/// <param name="highestEpoch">Of the store when it was opened: nothing older is known of a container that was not written since.</param>
internal sealed class ContainerActivity(ulong highestEpoch)
{
    private readonly Dictionary<ContainerId, Entry> _entries = [];
    private ContainerId _lastId;
    private Entry? _last;

    /// <summary>Containers that something is known of.</summary>
    public int Count => _entries.Count;

    /// <summary>Something is about to be written at an epoch; one comparison when it is the same container as last time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Note(ContainerId id, ulong epoch)
    {
        Entry entry = _last is { } last && _lastId == id ? last : Find(id);
        entry.Newest = Math.Max(entry.Newest, epoch);
    }

    /// <summary>A way through a container begins.</summary>
    public void Began(ContainerId id) => Find(id).IsReopened = false;

    /// <summary>It came to its end: up to an epoch nothing is left to do, unless <see cref="Reopen"/> came in between.</summary>
    public void Ended(ContainerId id, ulong through)
    {
        Entry entry = Find(id);
        entry.Through = entry.IsReopened ? 0 : through;
    }

    /// <summary>What was done is to be looked at again: two windows have become one, or something is taken back.</summary>
    public void Reopen(ContainerId id)
    {
        Entry entry = Find(id);
        (entry.Through, entry.IsReopened) = (0, true);
    }

    /// <summary>True when another way through would find nothing, however high its bound.</summary>
    public bool IsSettled(ContainerId id) => _entries.TryGetValue(id, out Entry? entry) && entry.Newest <= entry.Through;

    /// <summary>Forgets the containers that are not there any more.</summary>
    public void Prune(Func<ContainerId, bool> exists)
    {
        foreach (ContainerId id in _entries.Keys)
        {
            if (!exists(id))
            {
                // A dictionary that is enumerated may be taken from, not added to.
                _entries.Remove(id);
                _last = null;
            }
        }
    }

    private Entry Find(ContainerId id)
    {
        if (!_entries.TryGetValue(id, out Entry? entry))
        {
            _entries.Add(id, entry = new Entry { Newest = highestEpoch });
        }

        (_lastId, _last) = (id, entry);
        return entry;
    }

    private sealed class Entry
    {
        public ulong Newest;
        public ulong Through;
        public bool IsReopened;
    }
}
