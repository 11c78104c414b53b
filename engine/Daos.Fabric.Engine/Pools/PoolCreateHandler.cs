using Daos.Fabric.Engine.Targets;
using Daos.Fabric.Store.Devices;

namespace Daos.Fabric.Engine.Pools;

/// <summary>
/// Creates a pool: first the durable intention, then a shard on every target, then the record that makes it exist. What a crash leaves in
/// between is removed at the next start.
/// </summary>
internal sealed class PoolCreateHandler(EngineContext engine) : ServiceHandler(engine)
{
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    protected override async ValueTask ServeAsync(RpcRequest request)
    {
        if (!EntityRequest.TryRead(request.Payload, out EntityRequest message) || message.Name.Id == Guid.Empty)
        {
            request.Reply(DerCode.Protocol);
            return;
        }

        ModificationInfo identity = IdentityOf(request);
        request.Reply(await ChangeAsync(identity, () => CreateAsync(message.Name, identity)));
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> CreateAsync(EntityName name, ModificationInfo identity)
    {
        if (Directory.IsPoolTaken(name))
        {
            return DerCode.Exists;
        }

        if (Directory.Pools.Count >= Engine.PoolsMax)
        {
            Engine.Log(Engine.PoolsMax == Limits.PoolsMax
                ? $"pool {name} was not created: {Limits.PoolsMax} pools are the most that an engine holds"
                : $"pool {name} was not created: the file descriptors that are allowed carry {Engine.PoolsMax} pools; raise 'ulimit -n'");
            return Engine.PoolsMax == Limits.PoolsMax ? DerCode.NoSpace : DerCode.NoMemory;
        }

        var pool = new PoolEntry(new PoolId(name.Id), name.Label, Engine.Options.DefaultSizes, RecordState.Creating);
        DerCode code = await Directory.Records.PutAsync(pool);
        if (code.IsError)
        {
            return code;
        }

        code = await Engine.Devices.AllocateAsync(pool.Id, pool.Sizes);
        if (code.IsSuccess)
        {
            RoleBlobs?[] blobs = Engine.Devices.BlobsOf(pool.Id);
            code = await Engine.OnServingTargetsAsync(target => ShardLifecycle.CreateAsync(target, pool.Id, pool.Sizes, blobs[target.Target]));
        }

        if (code.IsSuccess)
        {
            pool.State = RecordState.Ready;
            code = await Directory.Records.PutAsync(pool, identity);
        }

        if (code.IsError)
        {
            await PoolRemoval.RemoveAsync(Engine, pool, default);
            return code;
        }

        Directory.Add(pool);
        return DerCode.Success;
    }
}
