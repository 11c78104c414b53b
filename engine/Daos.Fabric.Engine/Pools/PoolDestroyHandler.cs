namespace Daos.Fabric.Engine.Pools;

/// <summary>Destroys a pool with everything in it; requests under way end first, handles become invalid.</summary>
internal sealed class PoolDestroyHandler(EngineContext engine) : ServiceHandler(engine)
{
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    protected override async ValueTask ServeAsync(RpcRequest request)
    {
        if (!EntityRequest.TryRead(request.Payload, out EntityRequest message) || !message.Name.IsSet)
        {
            request.Reply(DerCode.Protocol);
            return;
        }

        ModificationInfo identity = IdentityOf(request);
        request.Reply(await ChangeAsync(identity, () => DestroyAsync(message.Name, identity)));
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> DestroyAsync(EntityName name, ModificationInfo identity)
    {
        PoolEntry? pool = Directory.FindPool(name);
        if (pool is null)
        {
            return DerCode.Nonexist;
        }

        RecordState before = pool.State;
        pool.State = RecordState.Destroying;
        DerCode code = await Directory.Records.PutAsync(pool);
        if (code.IsError)
        {
            pool.State = before;
            return code;
        }

        return await PoolRemoval.RemoveAsync(Engine, pool, identity);
    }
}
