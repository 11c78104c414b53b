namespace Daos.Fabric.Store.Aggregation;

/// <summary>
/// Whether there is anything for an aggregation to look at: the oldest epoch written since the last one. In memory only; after opening,
/// everything counts as written since. Owned by one xstream.
/// </summary>
internal sealed class WriteActivity(ulong highestEpoch)
{
    private ulong _oldest = highestEpoch == 0 ? ulong.MaxValue : 0;

    /// <summary>The same for each container.</summary>
    public ContainerActivity Containers { get; } = new(highestEpoch);

    /// <summary>Something was written at an epoch.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Note(ulong epoch) => _oldest = Math.Min(_oldest, epoch);

    /// <summary>Two windows have become one.</summary>
    public void SnapshotWentAway(ContainerId container)
    {
        _oldest = 0;
        Containers.Reopen(container);
    }

    /// <summary>True when an aggregation up to an epoch may find something.</summary>
    public bool IsBefore(ulong epoch) => _oldest <= epoch && _oldest != ulong.MaxValue;

    /// <summary>An aggregation begins: what is written from now on is for the next one, as is what lies above its bound.</summary>
    public void Begin(ulong bound, ulong highestEpoch) => _oldest = highestEpoch > bound ? bound + 1 : ulong.MaxValue;

    /// <summary>An aggregation up to an epoch ended before its time.</summary>
    public void GaveUp() => _oldest = 0;
}
