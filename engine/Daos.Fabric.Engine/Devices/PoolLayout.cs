namespace Daos.Fabric.Engine.Devices;

/// <summary>What a target has to hold of one pool: gathered on the system xstream, read on the target's. Immutable.</summary>
/// <param name="Pool">The pool.</param>
/// <param name="Sizes">Sizes of its shards.</param>
/// <param name="Containers">Its containers.</param>
/// <param name="Snapshots">Epochs of the snapshots of those that have any.</param>
/// <param name="Handles">Open handles of its containers, with the properties of each one's container.</param>
internal sealed record PoolLayout(
    PoolId Pool,
    ShardSizes Sizes,
    IReadOnlyList<ContainerId> Containers,
    IReadOnlyDictionary<ContainerId, Epoch[]> Snapshots,
    IReadOnlyList<(HandleEntry Handle, ContainerEntry Container)> Handles)
{
    /// <summary>Every pool that exists now.</summary>
    internal static PoolLayout[] Gather(SystemDirectory directory)
    {
        ContainerEntry[] ready = [.. directory.Containers.Where(static c => c.State == RecordState.Ready)];
        return [.. directory.Pools.Where(static p => p.State == RecordState.Ready).Select(p => Of(directory, p, ready))];
    }

    private static PoolLayout Of(SystemDirectory directory, PoolEntry pool, ContainerEntry[] ready)
    {
        var containers = ready.Where(c => c.Pool == pool.Id).ToDictionary(static c => c.Id);
        return new PoolLayout(
            pool.Id,
            pool.Sizes,
            [.. containers.Keys],
            containers.Keys.ToDictionary(static c => c, c => (Epoch[])[.. directory.Snapshots.Of(c).Where(static s => s.State == RecordState.Ready).Select(static s => s.Epoch)]),
            [.. directory.Handles.Where(h => h.Pool == pool.Id && containers.ContainsKey(h.Container)).Select(h => (h, containers[h.Container]))]);
    }
}
