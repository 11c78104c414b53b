using Daos.Fabric.Engine.Targets;
using Daos.Fabric.Protocol.Containers;

namespace Daos.Fabric.Engine.Services;

/// <summary>
/// Opens and closes handles: durable first, then in the table of every target. Runs on the system xstream, under the directory's mutex.
/// </summary>
internal static class HandleOpening
{
    /// <summary>
    /// Makes the handle that a client drew valid; evicts the oldest when there are too many. One that is open already on the same pool,
    /// container and snapshot is a resend. DER_EXIST when it is open on something else.
    /// </summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal static async ValueTask<DerCode> OpenAsync(EngineContext engine, Guid drawn, PoolId pool, ContainerId container, Epoch snapshot = default)
    {
        if (engine.Directory.FindHandle(drawn) is { } open)
        {
            return open.Pool == pool && open.Container == container && open.Snapshot == snapshot ? DerCode.Success : DerCode.Exists;
        }

        DerCode code = await EvictAsync(engine);
        return code.IsError
            ? code
            : await OpenAsync(engine, new HandleEntry(drawn, Math.Max(engine.Hlc.Last, engine.Hlc.Physical), pool, container, snapshot));
    }

    /// <summary>Puts a container handle into the table of every target.</summary>
    internal static ValueTask<DerCode> PublishAsync(EngineContext engine, HandleEntry handle) =>
        handle.Kind == RecordKind.PoolHandle
            ? new ValueTask<DerCode>(DerCode.Success)
            : PublishContainerAsync(engine, handle);

    /// <summary>Makes a handle invalid. DER_NO_HDL.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal static async ValueTask<DerCode> CloseAsync(EngineContext engine, Guid handle, RecordKind kind)
    {
        SystemDirectory directory = engine.Directory;
        if (directory.FindHandle(handle) is not { } entry || entry.Kind != kind)
        {
            return DerCode.NoHandle;
        }

        directory.Remove(entry);
        if (kind == RecordKind.ContainerHandle)
        {
            await engine.OnTargetsAsync(target => Withdraw(target, handle));
        }

        return await directory.Records.DeleteAsync(kind, handle);
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private static async ValueTask<DerCode> OpenAsync(EngineContext engine, HandleEntry handle)
    {
        DerCode code = await engine.Directory.Records.PutAsync(handle);
        if (code.IsError)
        {
            return code;
        }

        engine.Directory.Add(handle);
        code = await PublishAsync(engine, handle);
        if (code.IsError)
        {
            // Nobody will ever know of it. When that fails as well the record is evicted with the oldest.
            _ = await CloseAsync(engine, handle.Handle, handle.Kind);
        }

        return code;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private static async ValueTask<DerCode> EvictAsync(EngineContext engine)
    {
        if (engine.Directory.HandleCount < Limits.HandlesMax || engine.Directory.OldestHandle is not { } oldest)
        {
            return DerCode.Success;
        }

        engine.Log($"more than {Limits.HandlesMax} handles are open: the oldest, {oldest.Handle}, was evicted");
        return await CloseAsync(engine, oldest.Handle, oldest.Kind);
    }

    private static ValueTask<DerCode> PublishContainerAsync(EngineContext engine, HandleEntry handle)
    {
        ContainerEntry? container = engine.Directory.Containers.FirstOrDefault(c => c.Id == handle.Container);
        return container is null
            ? new ValueTask<DerCode>(DerCode.Nonexist)
            : engine.OnServingTargetsAsync(target => new ValueTask<DerCode>(Publish(target, handle, container.Properties)));
    }

    /// <summary>The same for the table of one target, on its xstream. DER_NONEXIST: it has no shard of the pool.</summary>
    internal static DerCode Publish(EngineXstream target, HandleEntry handle, ContainerProperties properties)
    {
        if (!target.Shards.TryGet(handle.Pool, out PoolShard? shard))
        {
            return DerCode.Nonexist;
        }

        target.Handles.Add(new OpenContainer(handle.Handle, handle.Container, properties, shard) { Snapshot = handle.Snapshot });
        return DerCode.Success;
    }

    private static ValueTask<DerCode> Withdraw(EngineXstream target, Guid handle)
    {
        target.Handles.Remove(handle);
        return new ValueTask<DerCode>(DerCode.Success);
    }
}
