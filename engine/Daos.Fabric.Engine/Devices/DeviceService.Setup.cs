using Daos.Fabric.Engine.Snapshots;
using Daos.Fabric.Engine.Targets;

namespace Daos.Fabric.Engine.Devices;

/// <content>Replacing: what takes a device's place is laid out and serves.</content>
internal sealed partial class DeviceService
{
    /// <summary>
    /// Puts a device in the place of one that is out. A new one comes up empty: its targets get an empty shard of every pool, and the log
    /// says so. With <paramref name="keepsData"/> it is the old one, whose shards are recovered. DER_NONEXIST: no such device; DER_BUSY: it is
    /// in use, set it faulty first; otherwise why it cannot be laid out, and then it is out again.
    /// </summary>
    /// <param name="old">The device that is out.</param>
    /// <param name="keepsData">Use it again with what it holds.</param>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerResult<Guid>> ReplaceAsync(Guid old, bool keepsData)
    {
        await engine.Directory.Changes.LockAsync();
        try
        {
            DeviceEntry? entry = Find(old);
            if (entry is null || entry.State != DeviceState.Out)
            {
                return entry is null ? DerCode.Nonexist : DerCode.Busy;
            }

            if (!keepsData)
            {
                entry.Replaced = entry.Id;
                entry.Id = engine.System.Random.NextGuid();
            }

            // A device that is put back has been looked at by somebody: it starts with a clean record as a new one does.
            entry.Errors = default;
            entry.KeepsData = keepsData;
            DerCode code = await EnterAsync(entry, DeviceState.Setup);
            code = code.IsSuccess ? await SetUpAsync(entry) : code;
            return code.IsSuccess ? entry.Id : code;
        }
        finally
        {
            engine.Directory.Changes.Unlock();
        }
    }

    /// <summary>Goes on with setups that a crash ended. Every pool is open on the other targets. Start-up only.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    public async ValueTask FinishSetupsAsync()
    {
        foreach (DeviceEntry entry in Entries.Where(static e => e.State == DeviceState.Setup))
        {
            // A failure leaves it out; the engine starts without it, and the log says why.
            _ = await SetUpAsync(entry);
        }
    }

    // Repeatable: nothing on the device counts before the state says so.
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> SetUpAsync(DeviceEntry entry)
    {
        await OnTargetsOfAsync(entry, target => Attach(target, entry, serves: false));
        PoolLayout[] pools = PoolLayout.Gather(engine.Directory);
        DerCode code = await OnTargetsOfAsync(entry, target => LayOutAsync(target, pools, entry.KeepsData));
        code = code.IsSuccess ? await EnterAsync(entry, DeviceState.Normal) : code;
        if (code.IsError)
        {
            string why = entry.Targets.Select(t => engine.TargetXstream(t).LastError).FirstOrDefault(e => e.Length > 0) ?? code.Text;
            await OnTargetsOfAsync(entry, CloseShardsAsync);
            DerCode stored = await EnterAsync(entry, DeviceState.Out);
            engine.Log($"device {entry.Id} of {TargetsOf(entry)} cannot be set up: {why} It is OUT again{(stored.IsError ? $", which cannot be stored: {stored.Text}" : "")}.");
            return code;
        }

        await OnTargetsOfAsync(entry, Serve);
        engine.Log(entry.KeepsData
            ? $"device {entry.Id} of {TargetsOf(entry)} is NORMAL again, with what it held"
            : $"device {entry.Id} took the place of {entry.Replaced}: {TargetsOf(entry)} came up empty, and what they held is gone until rebuild restores it");
        return code;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private static async ValueTask<DerCode> LayOutAsync(EngineXstream target, PoolLayout[] pools, bool keepsData)
    {
        target.LastError = "";
        foreach (PoolLayout layout in pools)
        {
            DerCode code = keepsData && ShardLifecycle.Exists(target, layout.Pool)
                ? await ShardLifecycle.OpenAsync(target, layout.Pool, layout.Sizes)
                : await ShardLifecycle.CreateAsync(target, layout.Pool, layout.Sizes);
            code = code.IsSuccess ? await AlignSizeAsync(target, layout) : code;
            code = code.IsSuccess ? await AlignContainersAsync(target, layout) : code;
            if (code.IsError)
            {
                return code;
            }

            foreach ((HandleEntry handle, ContainerEntry container) in layout.Handles)
            {
                code = HandleOpening.Publish(target, handle, container.Properties);
                if (code.IsError)
                {
                    return code;
                }
            }
        }

        return DerCode.Success;
    }

    // The pool may have been resized while a device was out; its shard is never the larger one.
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private static async ValueTask<DerCode> AlignSizeAsync(EngineXstream target, PoolLayout layout)
    {
        if (!target.Shards.TryGet(layout.Pool, out PoolShard? shard))
        {
            return DerCode.Nonexist;
        }

        StoreSpace space = shard.Store.Space;
        long arena = layout.Sizes.ArenaBytes / ShardLifecycle.BlockBytes * ShardLifecycle.BlockBytes;
        long data = layout.Sizes.DataBytes / ShardLifecycle.BlockBytes * ShardLifecycle.BlockBytes;
        return await shard.Store.GrowAsync(new ShardGrowth
        {
            ArenaReserveBytes = arena > space.MetadataTotalBytes ? arena : 0,
            DataBytes = data > space.DataTotalBytes ? data : 0,
        });
    }

    // Containers and snapshots come and go while a device is out.
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private static async ValueTask<DerCode> AlignContainersAsync(EngineXstream target, PoolLayout layout)
    {
        if (!target.Shards.TryGet(layout.Pool, out PoolShard? shard))
        {
            return DerCode.Nonexist;
        }

        foreach (ContainerId gone in shard.Store.ListContainers().Except(layout.Containers).ToArray())
        {
            DerCode code = await ShardLifecycle.DestroyContainerAsync(target, layout.Pool, gone);
            if (code.IsError)
            {
                return code;
            }
        }

        foreach (ContainerId container in layout.Containers)
        {
            DerCode code = await ShardLifecycle.CreateContainerAsync(target, layout.Pool, container);
            code = code.IsSuccess ? await ShardSnapshots.AlignAsync(target, shard, container, layout.Snapshots[container]) : code;
            if (code.IsError)
            {
                return code;
            }
        }

        return DerCode.Success;
    }

    private static ValueTask<DerCode> Serve(EngineXstream target)
    {
        target.Device.Serve();
        return new ValueTask<DerCode>(DerCode.Success);
    }
}
