namespace Daos.Fabric.Engine.Containers;

/// <summary>Lists the containers of a pool in the order of their UUIDs, after the one that the request names.</summary>
internal sealed class ContainerListHandler(EngineContext engine) : ServiceHandler(engine)
{
    protected override ValueTask ServeAsync(RpcRequest request)
    {
        if (!EntityRequest.TryRead(request.Payload, out EntityRequest message))
        {
            request.Reply(DerCode.Protocol);
            return default;
        }

        PoolEntry? pool = Directory.PoolOf(message.Handle);
        if (pool is null)
        {
            request.Reply(DerCode.NoHandle);
            return default;
        }

        IEnumerable<ContainerEntry> containers = Directory.Containers
            .Where(c => c.Pool == pool.Id && c.State == RecordState.Ready && c.Id.Value.CompareTo(message.Name.Id) > 0);
        var list = new EntityList([.. containers.Select(c => c.Name).Take(ProtocolLimits.ListMax)]);
        request.EndReply(list.Write(request.BeginReply(EntityList.BytesMax)), DerCode.Success);
        return default;
    }
}
