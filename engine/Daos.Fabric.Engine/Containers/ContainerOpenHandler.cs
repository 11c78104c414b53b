using Daos.Fabric.Protocol.Containers;

namespace Daos.Fabric.Engine.Containers;

/// <summary>Opens a container: a durable handle that every target knows before the client hears it.</summary>
internal sealed class ContainerOpenHandler(EngineContext engine) : ServiceHandler(engine)
{
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    protected override async ValueTask ServeAsync(RpcRequest request)
    {
        if (!EntityRequest.TryRead(request.Payload, out EntityRequest message) || !message.Name.IsSet)
        {
            request.Reply(DerCode.Protocol);
            return;
        }

        ContainerEntry? container = null;
        HandleEntry? handle = null;
        DerCode code = await ChangeAsync(default, async () =>
        {
            PoolEntry? pool = Directory.PoolOf(message.Handle);
            if (pool is null)
            {
                return DerCode.NoHandle;
            }

            container = Directory.FindContainer(pool.Id, message.Name);
            if (container is null)
            {
                return DerCode.Nonexist;
            }

            handle = HandleOpening.New(Engine, pool.Id, container.Id);
            return await HandleOpening.OpenAsync(Engine, handle);
        });
        if (code.IsError)
        {
            request.Reply(code);
            return;
        }

        var reply = new ContainerOpenReply(handle!.Handle, container!.Name, container.Properties);
        Reply(request, reply);
    }

    private static void Reply(RpcRequest request, ContainerOpenReply reply) =>
        request.EndReply(reply.Write(request.BeginReply(ContainerOpenReply.BytesMax)), DerCode.Success);
}
