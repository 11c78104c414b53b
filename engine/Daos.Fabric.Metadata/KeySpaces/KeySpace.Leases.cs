namespace Daos.Fabric.Metadata.KeySpaces;

/// <content>Leases: who holds which, and what ends with them.</content>
internal sealed partial class KeySpace
{
    private readonly SortedDictionary<long, LeaseEntry> _leases = [];

    /// <summary>The id of the next lease: an id is never used again.</summary>
    internal long NextLease { get; private set; } = 1;

    internal IEnumerable<LeaseEntry> Leases => _leases.Values;

    /// <summary>When the next lease ends, in monotonic nanoseconds; <see cref="long.MaxValue"/> without one.</summary>
    internal long NextEndNs => _leases.Values.Where(l => !l.HasEnded).Select(l => l.EndNs).DefaultIfEmpty(long.MaxValue).Min();

    internal bool IsAlive(long lease) => _leases.TryGetValue(lease, out LeaseEntry? entry) && !entry.HasEnded;

    internal LeaseEntry? FindLease(long lease) => _leases.GetValueOrDefault(lease);

    /// <summary>A new lease; null when there are too many.</summary>
    internal LeaseEntry? Grant(long ttlMs, long nowNs)
    {
        if (_leases.Count >= MetadataLimits.LeasesMax)
        {
            return null;
        }

        var lease = new LeaseEntry(NextLease++, ttlMs);
        lease.Renew(nowNs);
        _leases.Add(lease.Id, lease);
        return lease;
    }

    /// <summary>A lease that was kept; it starts anew.</summary>
    internal bool Restore(long id, long ttlMs, long nowNs)
    {
        var lease = new LeaseEntry(id, ttlMs);
        lease.Renew(nowNs);
        return id > 0 && id < NextLease && _leases.TryAdd(id, lease);
    }

    /// <summary>The next step of taking away the keys of a lease that has ended; null when none are left.</summary>
    internal RevisionRecord? EndStep(LeaseEntry lease) =>
        RecordOf(lease.Keys.Take(MetadataLimits.LeaseStepKeys).Select(key => new KeyChange(Find(key), null)));

    /// <summary>Forgets a lease without keys.</summary>
    internal void Remove(LeaseEntry lease)
    {
        Invariant.Check(lease.Keys.Count == 0);
        _leases.Remove(lease.Id);
    }

    /// <summary>Leases whose time is up and which have not ended yet.</summary>
    internal LeaseEntry[] Due(long nowNs) => [.. _leases.Values.Where(l => !l.HasEnded && l.EndNs <= nowNs)];

    private bool Attach(MetadataEntry entry) =>
        entry.Lease == 0 || (_leases.TryGetValue(entry.Lease, out LeaseEntry? lease) && lease.Keys.Add(entry.Key));

    private void Detach(MetadataEntry entry)
    {
        if (_leases.TryGetValue(entry.Lease, out LeaseEntry? lease))
        {
            lease.Keys.Remove(entry.Key);
        }
    }
}
