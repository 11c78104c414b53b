using Daos.Fabric.Protocol.Pools;

namespace Daos.Fabric.Engine.Pools;

/// <summary>
/// Makes the shards of a pool larger while it is in use: every target is asked whether it can, the durable intention is written, then each
/// grows, and the last record ends it. What a crash leaves in between, shards of the old and of the new size, the next start brings to the new
/// one.
/// </summary>
internal sealed class PoolResizeHandler(EngineContext engine) : ServiceHandler(engine)
{
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    protected override async ValueTask ServeAsync(RpcRequest request)
    {
        if (!PoolResizeRequest.TryRead(request.Payload, out PoolResizeRequest message))
        {
            request.Reply(DerCode.Protocol);
            return;
        }

        ModificationInfo identity = IdentityOf(request);
        request.Reply(await ChangeAsync(identity, () => ResizeAsync(message, identity)));
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> ResizeAsync(PoolResizeRequest message, ModificationInfo identity)
    {
        PoolEntry? pool = Directory.PoolOf(message.Pool);
        if (pool is null)
        {
            return DerCode.NoHandle;
        }

        if (!IsPossible(message.DataBytes, StoreOptions.DataBytesMin, StoreOptions.DataBytesMax)
            || !IsPossible(message.MetaBytes, StoreOptions.ArenaBytesMin, StoreOptions.ArenaBytesMax))
        {
            return DerCode.Invalid;
        }

        // One that did not come to its end is ended with this one: nothing is made smaller again.
        ShardSizes sizes = pool.Wanted ?? pool.Sizes;
        ShardSizes wanted = sizes with
        {
            DataBytes = message.DataBytes == 0 ? sizes.DataBytes : (long)message.DataBytes,
            ArenaBytes = message.MetaBytes == 0 ? sizes.ArenaBytes : (long)message.MetaBytes,
        };
        ShardGrowth growth = PoolGrowth.GrowthTo(pool.Sizes, wanted);
        DerCode code = await Engine.OnServingTargetsAsync(target => new ValueTask<DerCode>(PoolGrowth.Check(target, pool.Id, growth)));
        code = code.IsSuccess ? Engine.Devices.CheckRoom(pool.Id, wanted) : code;
        if (code.IsError)
        {
            return code;
        }

        (ShardSizes? before, ModificationInfo resizer) = (pool.Wanted, pool.Resizer);
        (pool.Wanted, pool.Resizer) = (wanted, identity);
        code = await Directory.Records.PutAsync(pool);
        if (code.IsError)
        {
            (pool.Wanted, pool.Resizer) = (before, resizer);
            return code;
        }

        return await PoolGrowth.RunAsync(Engine, pool, wanted, identity);
    }

    private static bool IsPossible(ulong bytes, long least, long most) =>
        bytes == 0 || (bytes % PoolResizeRequest.UnitBytes == 0 && bytes >= (ulong)least && bytes <= (ulong)most);
}
