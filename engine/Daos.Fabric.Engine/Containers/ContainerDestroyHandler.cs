namespace Daos.Fabric.Engine.Containers;

/// <summary>Destroys a container with everything in it; its handles become invalid.</summary>
internal sealed class ContainerDestroyHandler(EngineContext engine) : ServiceHandler(engine)
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
        request.Reply(await ChangeAsync(identity, () => DestroyAsync(message, identity)));
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> DestroyAsync(EntityRequest message, ModificationInfo identity)
    {
        PoolEntry? pool = Directory.PoolOf(message.Handle);
        if (pool is null)
        {
            return DerCode.NoHandle;
        }

        ContainerEntry? container = Directory.FindContainer(pool.Id, message.Name);
        if (container is null)
        {
            return DerCode.Nonexist;
        }

        RecordState before = container.State;
        container.State = RecordState.Destroying;
        DerCode code = await Directory.Records.PutAsync(container);
        if (code.IsError)
        {
            container.State = before;
            return code;
        }

        return await ContainerRemoval.RemoveAsync(Engine, container, identity);
    }
}
