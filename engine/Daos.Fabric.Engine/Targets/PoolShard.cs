using Daos.Fabric.Store;
using Daos.Fabric.Xstreams.Waiting;

namespace Daos.Fabric.Engine.Targets;

/// <summary>One pool's store on one target, with the gate that lets its requests drain before it closes. Owned by the target's xstream.</summary>
internal sealed class PoolShard(PoolId pool, StoreShard store, Xstream xstream)
{
    public PoolId Pool { get; } = pool;

    public StoreShard Store { get; } = store;

    /// <summary>Every request that uses the store is inside.</summary>
    public Gate Gate { get; } = new(xstream);
}
