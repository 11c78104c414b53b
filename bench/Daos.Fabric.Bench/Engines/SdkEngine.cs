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

    /// <summary>Asks an engine in another process for its figures; the SDK has no call for them.</summary>
    private readonly RemoteClient? _statistics = options.Uri is null ? null : new RemoteClient(options, loop);

    private DaosSystem _system = null!;
    private AllocationProbe _probe = null!;
    private SdkCall[] _calls = [];
    private DaosKeyValue _keyValue = null!;
    private DaosArray _array = null!;
    private DaosObject _object = null!;
    private string _durability = "unknown";

    internal override string Durability => _durability;

    internal override void UseSlots(IoSlot[] slots) => _calls = [.. slots.Select(slot => new SdkCall(slot, s_akey))];

    internal override async ValueTask PrepareAsync()
    {
        _system = await systems.OpenAsync(Options).ConfigureAwait(false);
        _probe = new AllocationProbe(Loop, _system.Loops);
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
        return _calls[slot.Index].CodeOf(Options.Engine switch
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
        SdkCall call = _calls[slot.Index];
        return Options.Engine switch
        {
            "kv" => call.CodeOf(_keyValue.GetAsync(key, slot.ReadMemory), slot.BlockBytes),
            "array" => call.CodeOf(_array.ReadAsync((ulong)(block * Options.BlockBytes), slot.ReadMemory), slot.BlockBytes),
            _ => call.CodeOf(_object.FetchAsync(key, call.Fetches), slot.BlockBytes),
        };
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal override async ValueTask<AllocationMark> MarkAsync()
    {
        long library = await _probe.CountAsync();
        return new AllocationMark(library, _statistics is null ? -1 : await _statistics.EngineAllocatedBytesAsync());
    }

    // Callers on the thread pool are not counted: the array is made where the calls are carried.
    internal override void Plant() => _system.Loops[0].TryPost(new PlantedAllocation());

    public override ValueTask DisposeAsync()
    {
        _statistics?.Dispose();
        return base.DisposeAsync();
    }

    private async Task<DaosPool> OpenPoolAsync()
    {
        try
        {
            return await _system.ConnectPoolAsync(RemoteClient.PoolName).ConfigureAwait(false);
        }
        catch (DaosException error) when (error.Code == DerCode.Nonexist)
        {
        }

        try
        {
            return await _system.CreatePoolAsync(RemoteClient.PoolName).ConfigureAwait(false);
        }
        catch (DaosException error) when (error.Code == DerCode.Exists)
        {
            // Another job of this run was faster.
            return await _system.ConnectPoolAsync(RemoteClient.PoolName).ConfigureAwait(false);
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
        }

        try
        {
            return await pool.CreateContainerAsync(Targets.ContainerName).ConfigureAwait(false);
        }
        catch (DaosException error) when (error.Code == DerCode.Exists)
        {
            return await pool.OpenContainerAsync(Targets.ContainerName).ConfigureAwait(false);
        }
    }

    private sealed class PlantedAllocation : WorkItem
    {
        protected override void Execute() => GC.KeepAlive(new byte[64]);
    }
}
