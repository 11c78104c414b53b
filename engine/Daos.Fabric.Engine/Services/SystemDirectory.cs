using System.Collections.Immutable;
using Daos.Fabric.Xstreams.Waiting;

namespace Daos.Fabric.Engine.Services;

/// <summary>
/// Pools, containers and handles of this engine, in memory, over the durable tables of the system store. Changes are made one at a time,
/// under <see cref="Changes"/>. Owned by the system xstream.
/// </summary>
internal sealed class SystemDirectory(EngineXstream xstream, SystemRecords records)
{
    private readonly Dictionary<Guid, PoolEntry> _pools = [];
    private readonly Dictionary<Guid, ContainerEntry> _containers = [];
    private readonly Dictionary<Guid, HandleEntry> _handles = [];
    private ImmutableHashSet<ContainerId> _unscrubbed = [];
    private readonly SortedSet<HandleEntry> _byAge = new(Comparer<HandleEntry>.Create(static (a, b) =>
        a.Order != b.Order ? a.Order.CompareTo(b.Order) : a.Handle.CompareTo(b.Handle)));

    /// <summary>Held by whoever changes something, across its awaits.</summary>
    public UltMutex Changes { get; } = new(xstream.Xstream);

    /// <summary>The durable tables.</summary>
    public SystemRecords Records { get; } = records;

    /// <summary>Pools in the order of their UUIDs.</summary>
    public IReadOnlyList<PoolEntry> Pools => [.. _pools.Values.OrderBy(p => p.Id.Value)];

    /// <summary>Containers in the order of their UUIDs.</summary>
    public IReadOnlyList<ContainerEntry> Containers => [.. _containers.Values.OrderBy(c => c.Id.Value)];

    /// <summary>Snapshots of all containers.</summary>
    public SnapshotIndex Snapshots { get; } = new();

    /// <summary>Containers that are not scrubbed: a snapshot that targets read from their own xstreams.</summary>
    public ImmutableHashSet<ContainerId> Unscrubbed => Volatile.Read(ref _unscrubbed);

    /// <summary>Handles, oldest first.</summary>
    public IReadOnlyList<HandleEntry> Handles => [.. _byAge];

    /// <summary>The handle that is evicted first, or null.</summary>
    public HandleEntry? OldestHandle => _byAge.Min;

    public int HandleCount => _handles.Count;

    /// <summary>A pool by UUID, by label, or by both; null when there is none that is ready.</summary>
    public PoolEntry? FindPool(EntityName name) =>
        _pools.Values.FirstOrDefault(p => p.State == RecordState.Ready && Matches(p.Name, name));

    /// <summary>A container of a pool, likewise.</summary>
    public ContainerEntry? FindContainer(PoolId pool, EntityName name) =>
        _containers.Values.FirstOrDefault(c => c.Pool == pool && c.State == RecordState.Ready && Matches(c.Name, name));

    /// <summary>A container by its UUID, or null when there is none that is ready.</summary>
    public ContainerEntry? FindContainer(ContainerId id) =>
        _containers.GetValueOrDefault(id.Value) is { State: RecordState.Ready } container ? container : null;

    /// <summary>The pool behind a pool handle, or null.</summary>
    public PoolEntry? PoolOf(Guid handle) =>
        _handles.TryGetValue(handle, out HandleEntry? entry) && entry.Kind == RecordKind.PoolHandle ? _pools.GetValueOrDefault(entry.Pool.Value) : null;

    public HandleEntry? FindHandle(Guid handle) => _handles.GetValueOrDefault(handle);

    /// <summary>True when the UUID is in use, in whatever state, or the label by another pool.</summary>
    public bool IsPoolTaken(EntityName name) =>
        _pools.ContainsKey(name.Id) || (name.Label.Length > 0 && _pools.Values.Any(p => p.Label == name.Label));

    /// <summary>The same for a container of a pool.</summary>
    public bool IsContainerTaken(PoolId pool, EntityName name) =>
        _containers.ContainsKey(name.Id) || (name.Label.Length > 0 && _containers.Values.Any(c => c.Pool == pool && c.Label == name.Label));

    public void Add(PoolEntry pool) => _pools.Add(pool.Id.Value, pool);

    public void Add(ContainerEntry container)
    {
        _containers.Add(container.Id.Value, container);
        if (!container.Properties.IsScrubbed)
        {
            Volatile.Write(ref _unscrubbed, _unscrubbed.Add(container.Id));
        }
    }

    public void Add(HandleEntry handle)
    {
        _handles.Add(handle.Handle, handle);
        _byAge.Add(handle);
    }

    public void Remove(PoolEntry pool) => _pools.Remove(pool.Id.Value);

    public void Remove(ContainerEntry container)
    {
        _containers.Remove(container.Id.Value);
        Volatile.Write(ref _unscrubbed, _unscrubbed.Remove(container.Id));
    }

    public void Remove(HandleEntry handle)
    {
        _handles.Remove(handle.Handle);
        _byAge.Remove(handle);
    }

    /// <summary>Reads the tables; start-up only.</summary>
    public void Load()
    {
        Records.Load(RecordKind.Pool, (id, bytes) => Load(PoolEntry.Read(id, bytes), id, Add));
        Records.Load(RecordKind.Container, (id, bytes) => Load(ContainerEntry.Read(id, bytes), id, Add));
        Records.Load(RecordKind.Snapshot, (id, bytes) => Load(SnapshotEntry.Read(id, bytes), id, Snapshots.Add));
        Records.Load(RecordKind.PoolHandle, (id, bytes) => Load(HandleEntry.Read(id, bytes), id, Add));
        Records.Load(RecordKind.ContainerHandle, (id, bytes) => Load(HandleEntry.Read(id, bytes), id, Add));
    }

    private static void Load<T>(T? entry, Guid id, Action<T> add)
        where T : class =>
        add(entry ?? throw new DaosException(DerCode.DfInval, "start engine", id.ToString(), "the system store holds a record that cannot be read"));

    private static bool Matches(EntityName entity, EntityName asked) =>
        asked.IsSet
        && (asked.Id == Guid.Empty || asked.Id == entity.Id)
        && (string.IsNullOrEmpty(asked.Label) || asked.Label == entity.Label);
}
