using Daos.Fabric.Engine.Targets;
using Daos.Fabric.Protocol.Pools;

namespace Daos.Fabric.Engine.Pools;

/// <summary>Tells the space of a pool, summed over its targets.</summary>
internal sealed class PoolQueryHandler(EngineContext engine) : ServiceHandler(engine)
{
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    protected override async ValueTask ServeAsync(RpcRequest request)
    {
        if (!EntityRequest.TryRead(request.Payload, out EntityRequest message))
        {
            request.Reply(DerCode.Protocol);
            return;
        }

        PoolEntry? pool = Directory.PoolOf(message.Handle) ?? Directory.FindPool(message.Name);
        if (pool is null)
        {
            request.Reply(message.Handle == Guid.Empty ? DerCode.Nonexist : DerCode.NoHandle);
            return;
        }

        // One slot per target, each filled by its own xstream.
        var spaces = new StoreSpace[Engine.TargetCount];
        DerCode code = await Engine.OnServingTargetsAsync(target => ReadSpace(target, pool.Id, spaces));
        if (code.IsError)
        {
            request.Reply(code);
            return;
        }

        var reply = new PoolQueryReply(
            pool.Name,
            MapVersion: 1,
            (ushort)Engine.TargetCount,
            (ulong)spaces.Sum(s => s.MetadataTotalBytes),
            (ulong)spaces.Sum(s => s.MetadataFreeBytes),
            (ulong)spaces.Sum(s => s.DataTotalBytes),
            (ulong)spaces.Sum(s => s.DataFreeBytes));
        request.EndReply(reply.Write(request.BeginReply(PoolQueryReply.BytesMax)), DerCode.Success);
    }

    private static ValueTask<DerCode> ReadSpace(EngineXstream target, PoolId pool, StoreSpace[] spaces)
    {
        if (!target.Shards.TryGet(pool, out PoolShard? shard))
        {
            return new ValueTask<DerCode>(DerCode.Nonexist);
        }

        spaces[target.Target] = shard.Store.Space;
        return new ValueTask<DerCode>(DerCode.Success);
    }
}
