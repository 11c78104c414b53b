using Daos.Fabric.Engine.Targets;
using Daos.Fabric.Store.Devices;

namespace Daos.Fabric.Engine.Pools;

/// <summary>
/// Brings every shard of a pool to the size that its record says it is to have: resizing, recovery. Safe to repeat: a shard that has it
/// already stays as it is. Runs on the system xstream.
/// </summary>
internal static class PoolGrowth
{
    /// <summary>
    /// Grows every shard that can be reached, then ends the resize in the record, with the result that a resend gets. A failure leaves some
    /// shards at the old size and the record as it is: a resend or the next start goes on.
    /// </summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal static async ValueTask<DerCode> RunAsync(EngineContext engine, PoolEntry pool, ShardSizes wanted, ModificationInfo identity)
    {
        ShardGrowth growth = GrowthTo(pool.Sizes, wanted);
        DerCode code = await engine.Devices.GrowAsync(pool.Id, wanted);
        if (code.IsError)
        {
            return code;
        }

        RoleBlobs?[] blobs = engine.Devices.BlobsOf(pool.Id);
        code = await engine.OnServingTargetsAsync(target => GrowAsync(target, pool.Id, growth with { Blobs = blobs[target.Target] }));
        if (code.IsError)
        {
            return code;
        }

        ShardSizes before = pool.Sizes;
        (pool.Sizes, pool.Wanted) = (wanted, null);
        code = await engine.Directory.Records.PutAsync(pool, identity);
        if (code.IsError)
        {
            (pool.Sizes, pool.Wanted) = (before, wanted);
        }

        return code;
    }

    /// <summary>What changes from one to the other; what stays is not touched.</summary>
    internal static ShardGrowth GrowthTo(ShardSizes from, ShardSizes to) => new()
    {
        ArenaReserveBytes = to.ArenaBytes != from.ArenaBytes ? to.ArenaBytes : 0,
        DataBytes = to.DataBytes != from.DataBytes ? to.DataBytes : 0,
    };

    /// <summary>Whether a shard could grow so; a sentence is in the log when not.</summary>
    internal static DerCode Check(EngineXstream target, PoolId pool, ShardGrowth growth) =>
        target.Shards.TryGet(pool, out PoolShard? shard) ? shard.Store.CheckGrow(growth) : DerCode.Nonexist;

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private static async ValueTask<DerCode> GrowAsync(EngineXstream target, PoolId pool, ShardGrowth growth)
    {
        if (!target.Shards.TryGet(pool, out PoolShard? shard) || !shard.Gate.TryEnter())
        {
            return DerCode.Nonexist;
        }

        try
        {
            return await shard.Store.GrowAsync(growth);
        }
        finally
        {
            shard.Gate.Leave();
        }
    }
}
