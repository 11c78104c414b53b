using Daos.Fabric.Protocol.Pools;

namespace Daos.Fabric.Engine.Pools;

/// <summary>Opens a pool: a durable handle and the addresses of its targets.</summary>
internal sealed class PoolConnectHandler(EngineContext engine) : ServiceHandler(engine)
{
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    protected override async ValueTask ServeAsync(RpcRequest request)
    {
        if (!OpenRequest.TryRead(request.Payload, out OpenRequest message))
        {
            request.Reply(DerCode.Protocol);
            return;
        }

        PoolEntry? pool = null;
        DerCode code = await ChangeAsync(default, async () =>
        {
            pool = Directory.FindPool(message.Name);
            return pool is null ? DerCode.Nonexist : await HandleOpening.OpenAsync(Engine, message.Handle, pool.Id, ContainerId.None);
        });
        if (code.IsError)
        {
            request.Reply(code);
            return;
        }

        Reply(request, new PoolConnectReply(message.Handle, pool!.Name, MapVersion: 1, TargetUris(request)) { IsVolatile = Engine.Options.Volatile });
    }

    private static void Reply(RpcRequest request, PoolConnectReply reply) =>
        request.EndReply(reply.Write(request.BeginReply(PoolConnectReply.BytesMax)), DerCode.Success);

    private string[] TargetUris(RpcRequest request) =>
        [.. Enumerable.Range(0, Engine.TargetCount).Select(t => Engine.UriOf(Tags.OfTarget(t), request.Connection)?.ToString() ?? "")];
}
