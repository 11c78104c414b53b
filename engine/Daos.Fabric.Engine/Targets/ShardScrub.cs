using Daos.Fabric.Store.Scrubbing;
using Daos.Fabric.Xstreams.Scheduling;

namespace Daos.Fabric.Engine.Targets;

/// <summary>How the shards of a target are scrubbed, and what the operator is told of it. Runs on the target's xstream.</summary>
internal static class ShardScrub
{
    internal static ScrubOptions OptionsOf(EngineXstream target, PoolId pool)
    {
        long found = 0;
        return target.Engine.Options.Scrub with
        {
            SchedulingClass = RequestClass.Scrub,
            ForegroundCount = () => OperationsOf(target),
            OnPassEnded = statistics =>
            {
                // A pass that found nothing is no news.
                if (statistics.Corrupted > found)
                {
                    target.Engine.Log(Describe(target, pool, in statistics, statistics.Corrupted - found));
                    found = statistics.Corrupted;
                }
            },
            IsPassedOver = container => target.Engine.Directory.Unscrubbed.Contains(container),
            OnFaulty = statistics =>
            {
                // As DAOS evicts the target; who decides by hand (bdev_auto_faulty: enable: false) goes on with what is sound.
                bool isOut = target.Device.TryFail("too many of its values were found corrupted", Devices.DeviceRoles.Data);
                target.Engine.Log(
                    $"scrub: target {target.Target} is faulty for pool {pool.Value}: {statistics.Corrupted} corrupted values have been found, and the "
                    + (isOut
                        ? "threshold was reached. Its device is taken out of use; replace it, and write what it held again from good copies."
                        : "threshold was reached. What is sound is still served; replace the device, and write the values again from good copies."));
            },
        };
    }

    /// <summary>What clients want of any pool keeps a lazy scrub waiting, and slows an aggregation down, whichever they belong to.</summary>
    internal static long OperationsOf(EngineXstream target)
    {
        long count = 0;
        foreach (PoolShard shard in target.Shards.InOrder())
        {
            count += shard.Store.OperationCount;
        }

        return count;
    }

    private static string Describe(EngineXstream target, PoolId pool, in ScrubStatistics statistics, long corrupted) =>
        $"scrub: pass {statistics.Passes} over pool {pool.Value} on target {target.Target} found {corrupted} corrupted values in "
        + $"{statistics.LastPassBytes} bytes, after {statistics.LastPassNs / 1_000_000_000} s.";
}
