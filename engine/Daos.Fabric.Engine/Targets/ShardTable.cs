using System.Diagnostics.CodeAnalysis;

namespace Daos.Fabric.Engine.Targets;

/// <summary>The shards of one target by pool, in the order in which they were opened. Owned by the target's xstream.</summary>
internal sealed class ShardTable
{
    private readonly Dictionary<PoolId, PoolShard> _shards = [];
    private PoolShard[] _inOrder = [];

    public int Count => _shards.Count;

    public void Add(PoolShard shard)
    {
        _shards.Add(shard.Pool, shard);
        Sort();
    }

    public bool TryGet(PoolId pool, [MaybeNullWhen(false)] out PoolShard shard) => _shards.TryGetValue(pool, out shard);

    public bool Remove(PoolId pool, [MaybeNullWhen(false)] out PoolShard shard)
    {
        bool removed = _shards.Remove(pool, out shard);
        Sort();
        return removed;
    }

    /// <summary>All shards in an order that depends on their identifiers only: an array that stays as it is when shards come and go.</summary>
    public PoolShard[] InOrder() => _inOrder;

    private void Sort() => _inOrder = [.. _shards.Values.OrderBy(s => s.Pool.Value)];
}
