using Daos.Fabric.Engine.Snapshots;
using Daos.Fabric.Engine.Targets;
using Daos.Fabric.Store.Devices;

namespace Daos.Fabric.Engine.Devices;

/// <content>Replacing: what takes a device's place is laid out and serves.</content>
internal sealed partial class DeviceService
{
    /// <summary>
    /// Puts a device in the place of one that is out. A new one comes up empty: its targets get an empty shard of every pool, and the log
    /// says so. With <paramref name="keepsData"/> it is the old one, whose shards are recovered. A device that targets share is looked for at the paths of
    /// its tier. DER_NONEXIST: no such device, or none that can take its place; DER_BUSY: it is in use, set it faulty first; DER_EXIST: what is there holds
    /// something; otherwise why it cannot be laid out, and then it is out again.
    /// </summary>
    /// <param name="old">The device that is out.</param>
    /// <param name="keepsData">Use it again with what it holds.</param>
    /// <param name="wanted">Of a shared device: the one that is to take its place; empty for whichever is there.</param>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerResult<Guid>> ReplaceAsync(Guid old, bool keepsData, Guid wanted = default)
    {
        await engine.Directory.Changes.LockAsync();
        try
        {
            DeviceEntry? entry = Find(old);
            if (entry is null || entry.State != DeviceState.Out)
            {
                return entry is null ? DerCode.Nonexist : DerCode.Busy;
            }

            // A directory's device has the identity that it gets here.
            DerCode code = entry.Place.IsShared ? await OpenReplacementAsync(entry, keepsData, wanted)
                : keepsData || wanted == Guid.Empty ? DerCode.Success
                : DerCode.Nonexist;
            if (code.IsError)
            {
                return code;
            }

            if (!keepsData)
            {
                entry.Replaced = entry.Id;
                entry.Id = entry.Place.IsShared ? _open[entry].Device.Id : engine.System.Random.NextGuid();
            }

            // A device that is put back has been looked at by somebody: it starts with a clean record as a new one does.
            entry.Errors = default;
            entry.KeepsData = keepsData;
            code = await EnterAsync(entry, DeviceState.Setup);
            code = code.IsSuccess ? await SetUpAsync(entry) : code;
            if (code.IsError)
            {
                CloseDevice(entry);
                return code;
            }

            return entry.Id;
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

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> OpenReplacementAsync(DeviceEntry entry, bool keepsData, Guid wanted)
    {
        (DerCode code, OpenDevice? open, string sentence) = await FindReplacementAsync(entry, keepsData, wanted);
        if (open is null)
        {
            engine.Log($"device {entry.Id} of {TargetsOf(entry)} is not replaced: {sentence}");
            return code;
        }

        _open.Add(entry, open);
        return DerCode.Success;
    }

    // Repeatable: nothing on the device counts before the state says so.
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> SetUpAsync(DeviceEntry entry)
    {
        await OnTargetsOfAsync(entry, target => Attach(target, entry, serves: false));
        PoolLayout[] pools = PoolLayout.Gather(engine.Directory);
        DerCode code = DerCode.Success;
        foreach (int target in entry.Targets)
        {
            code = code.IsSuccess ? await LayOutAsync(entry, target, pools) : code;
        }

        code = code.IsSuccess ? await EnterAsync(entry, DeviceState.Normal) : code;
        if (code.IsError)
        {
            string why = entry.Targets.Select(t => engine.TargetXstream(t).LastError).FirstOrDefault(e => e.Length > 0) ?? code.Text;
            await OnTargetsOfAsync(entry, CloseShardsAsync);
            CloseDevice(entry);
            DerCode stored = await EnterAsync(entry, DeviceState.Out);
            engine.Log($"device {entry.Id} of {TargetsOf(entry)} cannot be set up: {why} It is OUT again{(stored.IsError ? $", which cannot be stored: {stored.Text}" : "")}.");
            return code;
        }

        await OnTargetsOfAsync(entry, target => Serve(target, entry.Tier));
        engine.Log(entry.KeepsData
            ? $"device {entry.Id} of {TargetsOf(entry)} is NORMAL again, with what it held"
            : $"device {entry.Id} took the place of {entry.Replaced}: {TargetsOf(entry)} came up empty, and what they held is gone until rebuild restores it");
        await ReclaimAsync();
        return code;
    }

    // A shard is whole or it is nothing: where one of its devices is new, what the others hold of it goes too. While another device of the target is
    // out nothing is opened; the last one that comes back does that.
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> LayOutAsync(DeviceEntry entry, int target, PoolLayout[] pools)
    {
        bool isComplete = EntriesOf(target).All(e => e == entry || e.State == DeviceState.Normal);
        foreach (PoolLayout layout in pools)
        {
            DerCode code = DerCode.Success;
            bool keeps = entry.KeepsData && isComplete && HasParts(layout.Pool, target);
            if (!keeps && (isComplete || !entry.KeepsData))
            {
                code = await CallAsync(target, t => ShardLifecycle.RemoveAsync(t, layout.Pool));
                code = code.IsSuccess ? await FreeAsync(tag => tag.Pool == layout.Pool.Value && (tag.Target & ~Unfinished) == target) : code;
            }

            if (isComplete && code.IsSuccess)
            {
                // Growing is for a pool that was resized while the device was out.
                code = keeps ? await GrowAsync(layout.Pool, layout.Sizes) : await AllocateAsync(layout.Pool, layout.Sizes, t => t == target, Unfinished);
                var blobs = RoleBlobs.Of(FindBlobs(layout.Pool, target, keeps ? 0 : Unfinished));
                code = code.IsSuccess ? await CallAsync(target, t => LayOutAsync(t, layout, keeps, blobs)) : code;
                code = code.IsSuccess && !keeps ? await FinishAsync(layout.Pool, target) : code;
            }

            if (code.IsError)
            {
                return code;
            }
        }

        return DerCode.Success;
    }

    // Files of every tier that is a directory, and blobs of every other.
    private bool HasParts(PoolId pool, int target) =>
        engine.Paths.ShardParts(pool, target).All(engine.System.Xstream.Reactor.Files.Exists)
        && FindBlobs(pool, target).Count() == EntriesOf(target).Where(static e => e.Place.IsShared).Sum(e => s_roles.Count(r => (e.Roles & r) != 0));

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private static async ValueTask<DerCode> LayOutAsync(EngineXstream target, PoolLayout layout, bool keeps, RoleBlobs blobs)
    {
        target.LastError = "";
        DerCode code = keeps
            ? await ShardLifecycle.OpenAsync(target, layout.Pool, layout.Sizes, blobs)
            : await ShardLifecycle.CreateAsync(target, layout.Pool, layout.Sizes, blobs);
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

    private static ValueTask<DerCode> Serve(EngineXstream target, int tier)
    {
        target.Device.Serve(tier);
        return new ValueTask<DerCode>(DerCode.Success);
    }
}
