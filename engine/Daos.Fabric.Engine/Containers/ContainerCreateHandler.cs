using Daos.Fabric.Engine.Targets;
using Daos.Fabric.Protocol.Containers;

namespace Daos.Fabric.Engine.Containers;

/// <summary>
/// Creates a container: first the durable intention, then its part on every target, then the record that makes it exist, together with the
/// result that a resend gets. What a crash leaves in between is removed at the next start.
/// </summary>
internal sealed class ContainerCreateHandler(EngineContext engine) : ServiceHandler(engine)
{
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    protected override async ValueTask ServeAsync(RpcRequest request)
    {
        if (!ContainerCreateRequest.TryRead(request.Payload, out ContainerCreateRequest message) || message.Name.Id == Guid.Empty)
        {
            request.Reply(DerCode.Protocol);
            return;
        }

        ModificationInfo identity = IdentityOf(request);
        request.Reply(await ChangeAsync(identity, () => CreateAsync(message, identity)));
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> CreateAsync(ContainerCreateRequest message, ModificationInfo identity)
    {
        PoolEntry? pool = Directory.PoolOf(message.PoolHandle);
        if (pool is null)
        {
            return DerCode.NoHandle;
        }

        if (Directory.IsContainerTaken(pool.Id, message.Name))
        {
            return DerCode.Exists;
        }

        if (Directory.Containers.Count(c => c.Pool == pool.Id) >= Limits.ContainersMax)
        {
            return DerCode.NoSpace;
        }

        var container = new ContainerEntry(new ContainerId(message.Name.Id), pool.Id, message.Name.Label, message.Properties, RecordState.Creating);
        DerCode code = await Directory.Records.PutAsync(container);
        if (code.IsError)
        {
            return code;
        }

        code = await Engine.OnServingTargetsAsync(target => ShardLifecycle.CreateContainerAsync(target, pool.Id, container.Id));
        if (code.IsSuccess)
        {
            container.State = RecordState.Ready;
            code = await Directory.Records.PutAsync(container, identity);
        }

        if (code.IsError)
        {
            await ContainerRemoval.RemoveAsync(Engine, container, default);
            return code;
        }

        Directory.Add(container);
        return DerCode.Success;
    }
}
