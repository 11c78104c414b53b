using Daos.Fabric.Store.Pressure;
using Daos.Fabric.Xstreams.Scheduling;

namespace Daos.Fabric.Engine.Targets;

/// <summary>Tells the scheduler of a target how short of space its shards are, and the operator when one is nearly full. On the target's xstream.</summary>
internal static class ShardPressure
{
    /// <summary>Hears of the levels of one pool's shard.</summary>
    internal static Action<SpaceLevel> Observe(EngineXstream target, PoolId pool)
    {
        bool wasCritical = false;
        return level =>
        {
            Apply(target, level);
            if (wasCritical != (level == SpaceLevel.Critical))
            {
                wasCritical = !wasCritical;
                target.Engine.Log(Describe(target, pool, wasCritical));
            }
        };
    }

    /// <summary>Gives the scheduler the worst level of all shards.</summary>
    /// <param name="target">The target.</param>
    /// <param name="worst">The level of a shard that is being opened, and not yet among them.</param>
    internal static void Apply(EngineXstream target, SpaceLevel worst = SpaceLevel.None)
    {
        foreach (PoolShard shard in target.Shards.InOrder())
        {
            SpaceLevel level = shard.Store.SpaceLevel;
            worst = level > worst ? level : worst;
        }

        target.Xstream.SpacePressure = worst switch
        {
            SpaceLevel.None => SpacePressure.None,
            SpaceLevel.Tight => SpacePressure.Tight,
            _ => SpacePressure.Critical,
        };
    }

    private static string Describe(EngineXstream target, PoolId pool, bool isCritical)
    {
        if (!isCritical)
        {
            return $"space: pool {pool.Value} on target {target.Target} has room for updates again.";
        }

        string left = target.Shards.TryGet(pool, out PoolShard? shard)
            ? $"{shard.Store.Space.MetadataAvailableBytes} bytes of metadata and {shard.Store.Space.DataAvailableBytes} of data are left to updates"
            : "hardly anything is left to updates";
        return $"space: pool {pool.Value} on target {target.Target} is nearly full: {left}, which wait for space to come back and then are refused. "
            + "Reads, punches and destroyed containers go on; remove what is not needed.";
    }
}
