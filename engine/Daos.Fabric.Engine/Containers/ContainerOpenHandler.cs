using Daos.Fabric.Protocol.Containers;

namespace Daos.Fabric.Engine.Containers;

/// <summary>Opens a container: a durable handle that every target knows before the client hears it.</summary>
internal sealed class ContainerOpenHandler(EngineContext engine) : ServiceHandler(engine)
{
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    protected override async ValueTask ServeAsync(RpcRequest request)
    {
        if (!OpenRequest.TryRead(request.Payload, out OpenRequest message))
        {
            request.Reply(DerCode.Protocol);
            return;
        }

        ContainerEntry? container = null;
        DerCode code = await ChangeAsync(default, async () =>
        {
            PoolEntry? pool = Directory.PoolOf(message.Pool);
            if (pool is null)
            {
                return DerCode.NoHandle;
            }

            container = Directory.FindContainer(pool.Id, message.Name);
            return container is null ? DerCode.Nonexist : await HandleOpening.OpenAsync(Engine, message.Handle, pool.Id, container.Id);
        });
        if (code.IsError)
        {
            request.Reply(code);
            return;
        }

        var reply = new ContainerOpenReply(message.Handle, container!.Name, container.Properties);
        Reply(request, reply);
    }

    private static void Reply(RpcRequest request, ContainerOpenReply reply) =>
        request.EndReply(reply.Write(request.BeginReply(ContainerOpenReply.BytesMax)), DerCode.Success);
}
