using Daos.Fabric.Engine.Devices;
using Daos.Fabric.Store.Checksums;
using Daos.Fabric.Store.Devices;
using Daos.Fabric.Xstreams.Scheduling;

namespace Daos.Fabric.Engine.Targets;

/// <summary>
/// What the services do to one target: shards and the containers in them. Each runs as a ULT on the target's xstream, called from the
/// system xstream, and is safe to repeat: recovery calls it for what a crash left half done.
/// </summary>
internal static class ShardLifecycle
{
    /// <summary>The data space has whole blocks.</summary>
    internal const long BlockBytes = 4096;

    /// <summary>Formats a pool's shard; what an earlier attempt left is removed first.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal static async ValueTask<DerCode> CreateAsync(EngineXstream target, PoolId pool, ShardSizes sizes, RoleBlobs? blobs)
    {
        DerCode code = HasBlobs(target, pool, blobs) ? RemoveFiles(target, pool) : DerCode.Nonexist;
        if (code.IsError)
        {
            return code;
        }

        StoreOptions options = OptionsOf(target, pool, sizes, blobs);
        return Adopt(target, pool, options, await StoreShard.CreateAsync(target.Xstream, options));
    }

    /// <summary>Opens a pool's shard and recovers it.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal static async ValueTask<DerCode> OpenAsync(EngineXstream target, PoolId pool, ShardSizes sizes, RoleBlobs? blobs)
    {
        if (!HasBlobs(target, pool, blobs))
        {
            return DerCode.Nonexist;
        }

        StoreOptions options = OptionsOf(target, pool, sizes, blobs);
        return Adopt(target, pool, options, await StoreShard.OpenAsync(target.Xstream, options));
    }

    /// <summary>Lets the shard's requests end and closes it with a last checkpoint. Nothing happens when it is not open.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal static async ValueTask<DerCode> CloseAsync(EngineXstream target, PoolId pool)
    {
        if (!target.Shards.Remove(pool, out PoolShard? shard))
        {
            return DerCode.Success;
        }

        target.Handles.RemoveOf(pool);
        target.Aggregation?.Leave(shard);
        await shard.Gate.CloseAsync();
        await shard.Store.CloseAsync();
        return DerCode.Success;
    }

    /// <summary>Closes the shard and removes its files.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal static async ValueTask<DerCode> DestroyAsync(EngineXstream target, PoolId pool)
    {
        await CloseAsync(target, pool);
        DerCode code = RemoveFiles(target, pool);
        if (code.IsError && !target.Device.IsServing)
        {
            target.Engine.Log($"what pool {pool} left on the device of target {target.Target} cannot be removed: {code.Text}. The device is out of use anyway.");
            return DerCode.Success;
        }

        return code;
    }

    /// <summary>Removes the files of a shard that is not open.</summary>
    internal static ValueTask<DerCode> RemoveAsync(EngineXstream target, PoolId pool) => new(RemoveFiles(target, pool));

    /// <summary>Makes a container exist on this target, durably.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal static async ValueTask<DerCode> CreateContainerAsync(EngineXstream target, PoolId pool, ContainerId container)
    {
        if (!target.Shards.TryGet(pool, out PoolShard? shard))
        {
            return DerCode.Nonexist;
        }

        DerCode code = await ShardChange.MakeAsync(
            shard.Store, (StoreShard store, out LogPosition position) => store.CreateContainer(container, out position));
        return code == DerCode.Exists ? DerCode.Success : code;
    }

    /// <summary>Makes a container cease to exist on this target, durably; its handles become invalid.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal static async ValueTask<DerCode> DestroyContainerAsync(EngineXstream target, PoolId pool, ContainerId container)
    {
        target.Handles.RemoveOf(pool, container);
        if (!target.Shards.TryGet(pool, out PoolShard? shard))
        {
            return DerCode.Success;
        }

        DerCode code = await ShardChange.MakeAsync(
            shard.Store, (StoreShard store, out LogPosition position) => store.DestroyContainer(container, out position));
        return code == DerCode.Nonexist ? DerCode.Success : code;
    }

    private static DerCode Adopt(EngineXstream target, PoolId pool, StoreOptions options, DerResult<StoreShard> result)
    {
        if (result.IsSuccess)
        {
            target.Shards.Add(new PoolShard(pool, result.Value, target.Xstream));
            result.Value.StartScrub(ShardScrub.OptionsOf(target, pool));
            return DerCode.Success;
        }

        target.LastError = options.Report.LastError;
        return result.Code;
    }

    private static DerCode RemoveFiles(EngineXstream target, PoolId pool)
    {
        IReactorFiles files = target.Xstream.Reactor.Files;
        DerCode first = DerCode.Success;
        foreach (string path in target.Engine.Paths.ShardParts(pool, target.Target))
        {
            DerCode code = files.Exists(path) ? files.Delete(path) : DerCode.Success;
            first = first.IsError ? first : code;
        }

        return first;
    }

    // Without its blob a role would quietly lie in a file beside the engine's own tables.
    private static bool HasBlobs(EngineXstream target, PoolId pool, RoleBlobs? blobs)
    {
        DeviceRoles shared = DeviceRoles.None;
        foreach (StorageTier tier in target.Engine.Paths.Tiers)
        {
            shared |= tier.IsShared ? tier.Roles : DeviceRoles.None;
        }

        bool isWhole = ((shared & DeviceRoles.Wal) == 0 || blobs?.Wal is not null)
            && ((shared & DeviceRoles.Meta) == 0 || blobs?.Meta is not null)
            && ((shared & DeviceRoles.Data) == 0 || blobs?.Data is not null);
        target.LastError = isWhole ? target.LastError : $"a device of target {target.Target} has no blob of pool {pool}.";
        return isWhole;
    }

    private static StoreOptions OptionsOf(EngineXstream target, PoolId pool, ShardSizes sizes, RoleBlobs? blobs) => new()
    {
        Path = target.Engine.Paths.Shard(pool, target.Target),
        Roles = target.Engine.Paths.RolesOf(pool, target.Target),
        Hlc = target.Engine.Hlc,
        Random = target.Random.Fork(),
        ArenaReserveBytes = sizes.ArenaBytes,
        LogBytes = sizes.LogBytes,
        DataBytes = sizes.DataBytes / BlockBytes * BlockBytes,
        DataTrim = target.Engine.Options.DataTrim,
        IsVolatile = target.Engine.Options.Volatile,
        UpkeepClass = RequestClass.GarbageCollection,
        Report = new StoreReport { Notice = target.Engine.Log },
        Blobs = blobs,
        Health = target.Device.HealthOf(DeviceRoles.Data),
        WalHealth = target.Device.HealthOf(DeviceRoles.Wal),
        MetaHealth = target.Device.HealthOf(DeviceRoles.Meta),
        OnFault = target.Device.NoteStopped,
        OnSpaceLevel = ShardPressure.Observe(target, pool),
        OnCorrupted = value => target.Engine.Log(Describe(value)),
    };

    private static string Describe(CorruptedValue value) =>
        $"checksum: {(value.IsArray ? "array" : "value")} of object {value.Object} in container {value.Container.Value}, dkey {Hex(value.Dkey)}, "
        + $"akey {Hex(value.Akey)}, epoch {value.Epoch.Value}: {value.LengthBytes} bytes from byte {value.FirstByte} do not fit their checksums any "
        + "more; the value is marked. Write it again from a good copy, and look at the device.";

    private static string Hex(ReadOnlyMemory<byte> key) => Convert.ToHexString(key.Span[..Math.Min(key.Length, 32)]);
}
