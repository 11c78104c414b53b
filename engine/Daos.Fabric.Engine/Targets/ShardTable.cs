using System.Diagnostics.CodeAnalysis;

namespace Daos.Fabric.Engine.Targets;

/// <summary>The shards of one target by pool, in the order in which they were opened. Owned by the target's xstream.</summary>
internal sealed class ShardTable
{
    private readonly Dictionary<PoolId, PoolShard> _shards = [];

    public int Count => _shards.Count;

    public void Add(PoolShard shard) => _shards.Add(shard.Pool, shard);

    public bool TryGet(PoolId pool, [MaybeNullWhen(false)] out PoolShard shard) => _shards.TryGetValue(pool, out shard);

    public bool Remove(PoolId pool, [MaybeNullWhen(false)] out PoolShard shard) => _shards.Remove(pool, out shard);

    /// <summary>All shards in an order that depends on their identifiers only.</summary>
    public IReadOnlyList<PoolShard> InOrder() => [.. _shards.Values.OrderBy(s => s.Pool.Value)];
}
