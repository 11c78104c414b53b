namespace Daos.Fabric.Engine.Pools;

/// <summary>Gives a pool handle back.</summary>
internal sealed class PoolDisconnectHandler(EngineContext engine) : ServiceHandler(engine)
{
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    protected override async ValueTask ServeAsync(RpcRequest request)
    {
        if (!EntityRequest.TryRead(request.Payload, out EntityRequest message))
        {
            request.Reply(DerCode.Protocol);
            return;
        }

        request.Reply(await ChangeAsync(default, () => HandleOpening.CloseAsync(Engine, message.Handle, RecordKind.PoolHandle)));
    }
}
