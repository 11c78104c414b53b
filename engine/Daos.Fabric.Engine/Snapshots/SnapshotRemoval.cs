namespace Daos.Fabric.Engine.Snapshots;

/// <summary>Removes a snapshot from every target and then its record: destroying, failed creation, recovery. Runs on the system xstream.</summary>
internal static class SnapshotRemoval
{
    /// <summary>Removes everything of a snapshot that is not ready, or that is being destroyed now.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal static async ValueTask<DerCode> RemoveAsync(EngineContext engine, PoolId pool, SnapshotEntry snapshot, ModificationInfo identity)
    {
        DerCode code = await engine.OnTargetsAsync(target => ShardSnapshots.DestroyAsync(target, pool, snapshot.Container, snapshot.Epoch));
        if (code.IsError)
        {
            return code;
        }

        engine.Directory.Snapshots.Remove(snapshot);
        return await engine.Directory.Records.DeleteAsync(RecordKind.Snapshot, snapshot.Id, identity);
    }

    /// <summary>Removes the records of a container's snapshots; on the targets they went with it.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal static async ValueTask<DerCode> ForgetAsync(EngineContext engine, ContainerId container)
    {
        foreach (SnapshotEntry snapshot in engine.Directory.Snapshots.Of(container))
        {
            engine.Directory.Snapshots.Remove(snapshot);
            DerCode code = await engine.Directory.Records.DeleteAsync(RecordKind.Snapshot, snapshot.Id);
            if (code.IsError)
            {
                return code;
            }
        }

        return DerCode.Success;
    }
}
