namespace Daos.Fabric.Engine.Services;

/// <summary>The snapshots of this engine in memory: by UUID, and by epoch in each container. Owned by the system xstream.</summary>
internal sealed class SnapshotIndex
{
    private readonly Dictionary<Guid, SnapshotEntry> _byId = [];
    private readonly Dictionary<ContainerId, SortedList<ulong, SnapshotEntry>> _byContainer = [];

    /// <summary>All of them, in the order of containers and epochs.</summary>
    public IReadOnlyList<SnapshotEntry> All => [.. _byId.Values.OrderBy(s => s.Container.Value).ThenBy(s => s.Epoch.Value)];

    /// <summary>The one that a client drew a UUID for, or null.</summary>
    public SnapshotEntry? Find(Guid id) => _byId.GetValueOrDefault(id);

    /// <summary>A container's snapshots by rising epoch, in whatever state.</summary>
    public IReadOnlyList<SnapshotEntry> Of(ContainerId container) =>
        _byContainer.TryGetValue(container, out SortedList<ulong, SnapshotEntry>? found) ? [.. found.Values] : [];

    /// <summary>How many a container has.</summary>
    public int CountOf(ContainerId container) => _byContainer.TryGetValue(container, out SortedList<ulong, SnapshotEntry>? found) ? found.Count : 0;

    /// <summary>The one that a request names by its epoch, or else by its label; null when there is none that is ready.</summary>
    public SnapshotEntry? Find(ContainerId container, Epoch epoch, string label)
    {
        if (!_byContainer.TryGetValue(container, out SortedList<ulong, SnapshotEntry>? found))
        {
            return null;
        }

        SnapshotEntry? entry = epoch.IsSet ? found.GetValueOrDefault(epoch.Value) : found.Values.FirstOrDefault(s => label.Length > 0 && s.Label == label);
        return entry is { State: RecordState.Ready } ? entry : null;
    }

    /// <summary>True when a label is in use in a container.</summary>
    public bool IsTaken(ContainerId container, string label) =>
        label.Length > 0 && _byContainer.TryGetValue(container, out SortedList<ulong, SnapshotEntry>? found) && found.Values.Any(s => s.Label == label);

    public void Add(SnapshotEntry snapshot)
    {
        _byId.Add(snapshot.Id, snapshot);
        if (!_byContainer.TryGetValue(snapshot.Container, out SortedList<ulong, SnapshotEntry>? found))
        {
            _byContainer.Add(snapshot.Container, found = []);
        }

        found.Add(snapshot.Epoch.Value, snapshot);
    }

    /// <summary>Takes it off; nothing happens when it is not there.</summary>
    public void Remove(SnapshotEntry snapshot)
    {
        if (_byId.Remove(snapshot.Id) && _byContainer.TryGetValue(snapshot.Container, out SortedList<ulong, SnapshotEntry>? found))
        {
            found.Remove(snapshot.Epoch.Value);
            if (found.Count == 0)
            {
                _byContainer.Remove(snapshot.Container);
            }
        }
    }
}
