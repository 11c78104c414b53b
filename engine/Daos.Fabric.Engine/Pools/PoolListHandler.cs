namespace Daos.Fabric.Engine.Pools;

/// <summary>Lists pools in the order of their UUIDs, after the one that the request names.</summary>
internal sealed class PoolListHandler(EngineContext engine) : ServiceHandler(engine)
{
    protected override ValueTask ServeAsync(RpcRequest request)
    {
        if (!EntityRequest.TryRead(request.Payload, out EntityRequest message))
        {
            request.Reply(DerCode.Protocol);
            return default;
        }

        var list = new EntityList(
        [
            .. Directory.Pools.Where(p => p.State == RecordState.Ready && p.Id.Value.CompareTo(message.Name.Id) > 0).Select(p => p.Name).Take(ProtocolLimits.ListMax),
        ]);
        request.EndReply(list.Write(request.BeginReply(EntityList.BytesMax)), DerCode.Success);
        return default;
    }
}
