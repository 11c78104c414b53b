using Daos.Fabric.Engine.Snapshots;
using Daos.Fabric.Engine.Targets;

namespace Daos.Fabric.Engine.Pools;

/// <summary>Removes a pool's shards from every target and then its records: destroying, failed creation, recovery. Runs on the system xstream.</summary>
internal static class PoolRemoval
{
    /// <summary>Removes everything of a pool whose durable state is not <see cref="RecordState.Ready"/>, or that is being destroyed now.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal static async ValueTask<DerCode> RemoveAsync(EngineContext engine, PoolEntry pool, ModificationInfo identity)
    {
        SystemDirectory directory = engine.Directory;
        DerCode code = await engine.OnTargetsAsync(target => ShardLifecycle.DestroyAsync(target, pool.Id));
        if (code.IsError)
        {
            return code;
        }

        // Nobody uses them any more. The pool's record goes after them: what a crash leaves here the next start gives back.
        code = await engine.Devices.FreeAsync(pool.Id);
        if (code.IsError)
        {
            return code;
        }

        IReactorFiles files = engine.System.Xstream.Reactor.Files;
        foreach (string path in engine.Paths.Pool(pool.Id))
        {
            code = files.Exists(path) ? files.Delete(path) : DerCode.Success;
            if (code.IsError)
            {
                return code;
            }
        }

        foreach (HandleEntry handle in directory.Handles.Where(h => h.Pool == pool.Id))
        {
            directory.Remove(handle);
            code = await directory.Records.DeleteAsync(handle.Kind, handle.Handle);
            if (code.IsError)
            {
                return code;
            }
        }

        foreach (ContainerEntry container in directory.Containers.Where(c => c.Pool == pool.Id))
        {
            code = await SnapshotRemoval.ForgetAsync(engine, container.Id);
            if (code.IsError)
            {
                return code;
            }

            directory.Remove(container);
            code = await directory.Records.DeleteAsync(RecordKind.Container, container.Id.Value);
            if (code.IsError)
            {
                return code;
            }
        }

        directory.Remove(pool);
        return await directory.Records.DeleteAsync(RecordKind.Pool, pool.Id.Value, identity);
    }
}
