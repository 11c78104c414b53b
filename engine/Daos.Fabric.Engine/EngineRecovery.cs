using Daos.Fabric.Engine.Containers;
using Daos.Fabric.Engine.Pools;
using Daos.Fabric.Engine.Targets;

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
        foreach (PoolEntry pool in Directory.Pools)
        {
            if (pool.State == RecordState.Ready)
            {
                Require(await engine.OnTargetsAsync(target => ShardLifecycle.OpenAsync(target, pool.Id, pool.Sizes)), $"pool {pool.Name}");
            }
            else
            {
                engine.Log($"pool {pool.Name} was {pool.State} when the engine ended; what is left of it is removed");
                Require(await PoolRemoval.RemoveAsync(engine, pool, default), $"pool {pool.Name}");
            }
        }

        foreach (ContainerEntry container in Directory.Containers.Where(c => c.State != RecordState.Ready))
        {
            engine.Log($"container {container.Name} was {container.State} when the engine ended; what is left of it is removed");
            Require(await ContainerRemoval.RemoveAsync(engine, container, default), $"container {container.Name}");
        }

        foreach (HandleEntry handle in Directory.Handles)
        {
            Require(await HandleOpening.PublishAsync(engine, handle), $"handle of pool {handle.Pool}");
        }
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
