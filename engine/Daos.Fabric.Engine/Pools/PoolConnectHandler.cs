using Daos.Fabric.Protocol.Pools;

namespace Daos.Fabric.Engine.Pools;

/// <summary>Opens a pool: a durable handle and the addresses of its targets.</summary>
internal sealed class PoolConnectHandler(EngineContext engine) : ServiceHandler(engine)
{
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    protected override async ValueTask ServeAsync(RpcRequest request)
    {
        if (!EntityRequest.TryRead(request.Payload, out EntityRequest message) || !message.Name.IsSet)
        {
            request.Reply(DerCode.Protocol);
            return;
        }

        PoolEntry? pool = null;
        HandleEntry? handle = null;
        DerCode code = await ChangeAsync(default, async () =>
        {
            pool = Directory.FindPool(message.Name);
            if (pool is null)
            {
                return DerCode.Nonexist;
            }

            handle = HandleOpening.New(Engine, pool.Id, ContainerId.None);
            return await HandleOpening.OpenAsync(Engine, handle);
        });
        if (code.IsError)
        {
            request.Reply(code);
            return;
        }

        Reply(request, new PoolConnectReply(handle!.Handle, pool!.Name, MapVersion: 1, TargetUris(request)) { IsVolatile = Engine.Options.Volatile });
    }

    private static void Reply(RpcRequest request, PoolConnectReply reply) =>
        request.EndReply(reply.Write(request.BeginReply(PoolConnectReply.BytesMax)), DerCode.Success);

    private string[] TargetUris(RpcRequest request) =>
        [.. Enumerable.Range(0, Engine.TargetCount).Select(t => Engine.UriOf(Tags.OfTarget(t), request.Connection)?.ToString() ?? "")];
}
