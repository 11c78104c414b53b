using Daos.Fabric.Engine.Containers;
using Daos.Fabric.Engine.Pools;
using Daos.Fabric.Engine.Snapshots;
using Daos.Fabric.Engine.Targets;
using Daos.Fabric.Store.Devices;

namespace Daos.Fabric.Engine;

/// <summary>
/// Brings back what the storage holds: opens the shards of every pool, all targets at once, removes what a crash left half made or half
/// destroyed, and makes the handles valid again. Runs on the system xstream before the engine listens.
/// </summary>
internal sealed class EngineRecovery(EngineContext engine)
{
    private SystemDirectory Directory => engine.Directory;

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    internal async ValueTask RunAsync()
    {
        Directory.Load();
        await engine.Devices.LoadAsync();
        await OpenAllAsync([.. Directory.Pools.Where(static p => p.State == RecordState.Ready)]);
        foreach (PoolEntry pool in Directory.Pools.Where(static p => p.State != RecordState.Ready))
        {
            engine.Log($"pool {pool.Name} was {pool.State} when the engine ended; what is left of it is removed");
            Require(await PoolRemoval.RemoveAsync(engine, pool, default), $"pool {pool.Name}");
        }

        foreach (ContainerEntry container in Directory.Containers.Where(c => c.State != RecordState.Ready))
        {
            engine.Log($"container {container.Name} was {container.State} when the engine ended; what is left of it is removed");
            Require(await ContainerRemoval.RemoveAsync(engine, container, default), $"container {container.Name}");
        }

        foreach (PoolEntry pool in Directory.Pools.Where(static p => p.Wanted is not null))
        {
            DerCode code = await PoolGrowth.RunAsync(engine, pool, pool.Wanted!, pool.Resizer);
            engine.Log(code.IsSuccess
                ? $"pool {pool.Name} was being resized when the engine ended; every target has the new size now"
                : $"pool {pool.Name} was being resized when the engine ended, and not every target can have the new size: {code.Text}. It serves with what each has; resize it again.");
        }

        foreach (SnapshotEntry snapshot in Directory.Snapshots.All.Where(static s => s.State != RecordState.Ready))
        {
            engine.Log($"snapshot {snapshot.Epoch} of container {snapshot.Container.Value} was {snapshot.State} when the engine ended; what is left of it is removed");
            DerCode code = Directory.FindContainer(snapshot.Container) is { } container
                ? await SnapshotRemoval.RemoveAsync(engine, container.Pool, snapshot, snapshot.Destroyer)
                : await SnapshotRemoval.ForgetAsync(engine, snapshot.Container);
            Require(code, $"snapshot {snapshot.Epoch}");
        }

        foreach (HandleEntry handle in Directory.Handles)
        {
            Require(await HandleOpening.PublishAsync(engine, handle), $"handle of pool {handle.Pool}");
        }

        await engine.Devices.FinishSetupsAsync();
        await engine.Devices.ReclaimAsync();
    }

    // On all targets at once, and a few pools at once on each.
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask OpenAllAsync(PoolEntry[] pools)
    {
        // One row per target, written on its xstream and read when all are done.
        var codes = new DerCode[engine.TargetCount, pools.Length];
        RoleBlobs?[][] blobs = [.. pools.Select(p => engine.Devices.BlobsOf(p.Id))];
        _ = await engine.OnServingTargetsAsync(
            target => new ShardOpenings(target, pools.Length, i => OpenAsync(target, pools[i], blobs[i][target.Target]), codes).RunAsync());
        for (int i = 0; i < pools.Length; i++)
        {
            for (int target = 0; target < engine.TargetCount; target++)
            {
                Require(codes[target, i], $"pool {pools[i].Name}");
            }
        }
    }

    // A device that cannot even be read is faulty; the others serve. Anything else that keeps a shard shut is for an operator to look at.
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private static async ValueTask<DerCode> OpenAsync(EngineXstream target, PoolEntry pool, RoleBlobs? blobs)
    {
        DerCode code = await ShardLifecycle.OpenAsync(target, pool.Id, pool.Sizes, blobs);
        return code == DerCode.Io && target.Device.TryFail("it could not be opened") ? DerCode.Success : code;
    }

    private void Require(DerCode code, string what)
    {
        if (code.IsError)
        {
            string why = engine.Xstreams.Select(x => x.LastError).FirstOrDefault(e => e.Length > 0) ?? code.Text;
            throw new DaosException(code, "start engine", engine.Options.Path, $"{what} cannot be opened: {why}");
        }
    }
}
