using Daos.Fabric.Engine.Targets;
using Daos.Fabric.Protocol.Pools;

namespace Daos.Fabric.Engine.Pools;

/// <summary>Tells the space of a pool per tier, summed over its targets.</summary>
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
            TierOf(spaces, static s => (s.MetadataTotalBytes, s.MetadataFreeBytes, s.MetadataAvailableBytes)),
            TierOf(spaces, static s => (s.DataTotalBytes, s.DataFreeBytes, s.DataAvailableBytes)));
        request.EndReply(reply.Write(request.BeginReply(PoolQueryReply.BytesMax)), DerCode.Success);
    }

    // What is free less what is left to updates is what is reserved of it now.
    private static TierSpace TierOf(StoreSpace[] spaces, Func<StoreSpace, (long Total, long Free, long Available)> tier) => new(
        (ulong)spaces.Sum(s => tier(s).Total),
        (ulong)spaces.Sum(s => tier(s).Available),
        (ulong)spaces.Sum(s => tier(s).Free - tier(s).Available),
        (ulong)spaces.Min(s => tier(s).Available),
        (ulong)spaces.Max(s => tier(s).Available));

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
