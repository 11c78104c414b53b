using Daos.Fabric.Engine.Targets;

namespace Daos.Fabric.Engine.Snapshots;

/// <summary>
/// What the container service does to the snapshots of one target. Each runs as a ULT on the target's xstream, called from the system
/// xstream, and is safe to repeat.
/// </summary>
internal static class ShardSnapshots
{
    /// <summary>Nothing above what the clock has given out is aggregated in the pool's shard until <see cref="Release"/>.</summary>
    internal static DerCode Hold(EngineXstream target, PoolId pool)
    {
        if (!target.Shards.TryGet(pool, out PoolShard? shard))
        {
            return DerCode.Nonexist;
        }

        shard.Store.HoldAggregation();
        return DerCode.Success;
    }

    /// <summary>Ends the hold, also where there was none.</summary>
    internal static DerCode Release(EngineXstream target, PoolId pool)
    {
        if (target.Shards.TryGet(pool, out PoolShard? shard))
        {
            shard.Store.ReleaseAggregation();
        }

        return DerCode.Success;
    }

    /// <summary>Raises the container's read timestamp to the epoch, and waits for every modification below it.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal static async ValueTask<DerCode> SettleAsync(EngineXstream target, PoolId pool, ContainerId container, Epoch epoch)
    {
        if (!target.Shards.TryGet(pool, out PoolShard? shard))
        {
            return DerCode.Nonexist;
        }

        DerCode code = shard.Store.RaiseReadTimestamp(container, epoch);
        return code.IsSuccess ? await shard.Store.WaitSettledAsync(container, epoch) : code;
    }

    /// <summary>Makes the snapshot exist on this target, durably; success when it does already.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal static async ValueTask<DerCode> CreateAsync(EngineXstream target, PoolId pool, ContainerId container, Epoch epoch)
    {
        if (!target.Shards.TryGet(pool, out PoolShard? shard))
        {
            return DerCode.Nonexist;
        }

        DerCode code = await ShardChange.MakeAsync(
            shard.Store, (StoreShard store, out LogPosition position) => store.CreateSnapshot(container, epoch, out _, out position));
        return code == DerCode.Exists ? DerCode.Success : code;
    }

    /// <summary>Makes the snapshot cease to exist on this target, durably; success when it, its container or the shard is not there.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal static async ValueTask<DerCode> DestroyAsync(EngineXstream target, PoolId pool, ContainerId container, Epoch epoch)
    {
        if (!target.Shards.TryGet(pool, out PoolShard? shard))
        {
            return DerCode.Success;
        }

        DerCode code = await ShardChange.MakeAsync(
            shard.Store, (StoreShard store, out LogPosition position) => store.DestroySnapshot(container, epoch, out position));
        return code == DerCode.Nonexist || code == DerCode.ContNonexist ? DerCode.Success : code;
    }

    /// <summary>Brings the snapshots of a container on this target in line with those that there are: they come and go while a device is out.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal static async ValueTask<DerCode> AlignAsync(EngineXstream target, PoolShard shard, ContainerId container, IReadOnlyList<Epoch> wanted)
    {
        var found = new List<Epoch>();
        var page = new Epoch[ProtocolLimits.ListMax];
        int count;
        do
        {
            DerCode listed = shard.Store.ListSnapshots(container, found.Count == 0 ? Epoch.None : found[^1], page, out count);
            if (listed.IsError)
            {
                return listed;
            }

            found.AddRange(page.AsSpan(0, count));
        }
        while (count == page.Length);

        foreach (Epoch gone in found.Except(wanted))
        {
            DerCode code = await DestroyAsync(target, shard.Pool, container, gone);
            if (code.IsError)
            {
                return code;
            }
        }

        foreach (Epoch missing in wanted.Except(found))
        {
            DerCode code = await CreateAsync(target, shard.Pool, container, missing);
            if (code.IsError)
            {
                return code;
            }
        }

        return DerCode.Success;
    }
}
