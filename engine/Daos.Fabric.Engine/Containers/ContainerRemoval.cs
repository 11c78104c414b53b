using Daos.Fabric.Engine.Snapshots;
using Daos.Fabric.Engine.Targets;

namespace Daos.Fabric.Engine.Containers;

/// <summary>Removes a container from every target and then its records: destroying, failed creation, recovery. Runs on the system xstream.</summary>
internal static class ContainerRemoval
{
    /// <summary>Removes everything of a container.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal static async ValueTask<DerCode> RemoveAsync(EngineContext engine, ContainerEntry container, ModificationInfo identity)
    {
        SystemDirectory directory = engine.Directory;
        DerCode code = await engine.OnTargetsAsync(target => ShardLifecycle.DestroyContainerAsync(target, container.Pool, container.Id));
        if (code.IsError)
        {
            return code;
        }

        foreach (HandleEntry handle in directory.Handles.Where(h => h.Container == container.Id))
        {
            directory.Remove(handle);
            code = await directory.Records.DeleteAsync(handle.Kind, handle.Handle);
            if (code.IsError)
            {
                return code;
            }
        }

        code = await SnapshotRemoval.ForgetAsync(engine, container.Id);
        if (code.IsError)
        {
            return code;
        }

        directory.Remove(container);
        return await directory.Records.DeleteAsync(RecordKind.Container, container.Id.Value, identity);
    }
}
