namespace Daos.Fabric.Engine.Targets;

/// <summary>
/// Open containers of one target by handle: a look-up is one hash probe and allocates nothing. Filled from the system xstream through the
/// mesh when a client opens a container. Owned by the target's xstream.
/// </summary>
internal sealed class HandleTable
{
    private readonly Dictionary<Guid, OpenContainer> _open = [];

    public int Count => _open.Count;

    /// <summary>The container behind a handle, or null.</summary>
    public OpenContainer? Find(Guid handle) => _open.GetValueOrDefault(handle);

    public void Add(OpenContainer container) => _open[container.Handle] = container;

    public void Remove(Guid handle) => _open.Remove(handle);

    /// <summary>Forgets every handle of a pool, or of one container in it.</summary>
    public void RemoveOf(PoolId pool, ContainerId? container = null)
    {
        foreach (OpenContainer open in _open.Values.Where(o => o.Shard.Pool == pool && (container is null || o.Container == container)).ToList())
        {
            _open.Remove(open.Handle);
        }
    }
}
