using Daos.Fabric.Bench.Options;
using Daos.Fabric.Bench.Running;
using Daos.Fabric.Client;
using Daos.Fabric.Client.Arrays;
using Daos.Fabric.Client.Containers;
using Daos.Fabric.Client.KeyValues;
using Daos.Fabric.Client.Objects;
using Daos.Fabric.Client.Pools;
using Daos.Fabric.Core.Identities;
using Daos.Fabric.Reactor;

namespace Daos.Fabric.Bench.Engines;

/// <summary>
/// The kv, array and object engines through the public API, as an application uses it: embedded systems always, remote ones with
/// submit=app. Any thread may read and write.
/// </summary>
internal sealed class SdkEngine(JobOptions options, int copy, OwnerLoop loop, SharedSystems systems) : IoEngine(options, copy, loop)
{
    private static readonly byte[] s_akey = Targets.Akey.ToArray();

    private DaosSystem _system = null!;
    private DaosKeyValue _keyValue = null!;
    private DaosArray _array = null!;
    private DaosObject _object = null!;
    private string _durability = "unknown";

    internal override string Durability => _durability;

    internal override async ValueTask PrepareAsync()
    {
        _system = await systems.OpenAsync(Options).ConfigureAwait(false);
        DaosPool pool = await OpenPoolAsync().ConfigureAwait(false);
        _durability = pool.IsVolatile ? "volatile" : "durable";
        DaosContainer container = await OpenContainerAsync(pool).ConfigureAwait(false);
        _keyValue = container.OpenKeyValue(Targets.ObjectOf(Options, Copy, ObjectType.KeyValueHashed));
        _array = container.OpenArray(Targets.ObjectOf(Options, Copy, ObjectType.ArrayByte), 1, ArrayEngine.ChunkCellsOf(Options));
        _object = container.OpenObject(Targets.ObjectOf(Options, Copy, ObjectType.MultiHashed));
    }

    internal override ValueTask<DerCode> WriteAsync(IoSlot slot, long block)
    {
        Span<byte> key = stackalloc byte[Targets.KeyBytes];
        Targets.WriteKey(key, block);
        DaosUpdateIod iod = DaosUpdateIod.Single(s_akey, slot.WriteMemory);
        return CodeOfAsync(Options.Engine switch
        {
            "kv" => _keyValue.PutAsync(key, slot.WriteMemory),
            "array" => _array.WriteAsync((ulong)(block * Options.BlockBytes), slot.WriteMemory),
            _ => _object.UpdateAsync(key, new ReadOnlySpan<DaosUpdateIod>(in iod)),
        });
    }

    internal override ValueTask<DerCode> ReadAsync(IoSlot slot, long block)
    {
        Span<byte> key = stackalloc byte[Targets.KeyBytes];
        Targets.WriteKey(key, block);
        return Options.Engine switch
        {
            "kv" => CodeOfAsync(_keyValue.GetAsync(key, slot.ReadMemory), slot.BlockBytes),
            "array" => CodeOfAsync(_array.ReadAsync((ulong)(block * Options.BlockBytes), slot.ReadMemory), slot.BlockBytes),
            _ => FetchAsync(key.ToArray(), slot),
        };
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<DerCode> CodeOfAsync(ValueTask task)
    {
        try
        {
            await task.ConfigureAwait(false);
            return DerCode.Success;
        }
        catch (DaosException error)
        {
            return error.Code;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<DerCode> CodeOfAsync(ValueTask<int> task, int expectedBytes)
    {
        try
        {
            int length = await task.ConfigureAwait(false);
            return length == expectedBytes ? DerCode.Success : length < 0 ? DerCode.Nonexist : DerCode.Truncated;
        }
        catch (DaosException error)
        {
            return error.Code;
        }
    }

    private async ValueTask<DerCode> FetchAsync(byte[] dkey, IoSlot slot)
    {
        DaosFetchIod iod = DaosFetchIod.Single(s_akey, slot.ReadMemory);
        DerCode code = await CodeOfAsync(_object.FetchAsync(dkey, [iod])).ConfigureAwait(false);
        return code.IsError || iod.DeliveredBytes == slot.BlockBytes ? code : DerCode.Truncated;
    }

    private async Task<DaosPool> OpenPoolAsync()
    {
        try
        {
            return await _system.ConnectPoolAsync(RemoteClient.PoolName).ConfigureAwait(false);
        }
        catch (DaosException error) when (error.Code == DerCode.Nonexist)
        {
            return await _system.CreatePoolAsync(RemoteClient.PoolName).ConfigureAwait(false);
        }
    }

    private static async Task<DaosContainer> OpenContainerAsync(DaosPool pool)
    {
        try
        {
            return await pool.OpenContainerAsync(Targets.ContainerName).ConfigureAwait(false);
        }
        catch (DaosException error) when (error.Code == DerCode.Nonexist)
        {
            return await pool.CreateContainerAsync(Targets.ContainerName).ConfigureAwait(false);
        }
    }
}
