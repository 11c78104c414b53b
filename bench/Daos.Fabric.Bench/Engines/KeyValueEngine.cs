using Daos.Fabric.Bench.Options;
using Daos.Fabric.Bench.Running;
using Daos.Fabric.Client.Sessions;
using Daos.Fabric.Core.Identities;
using Daos.Fabric.Reactor;

namespace Daos.Fabric.Bench.Engines;

/// <summary>One key per block, one RPC per operation.</summary>
internal sealed class KeyValueEngine(JobOptions options, int copy, OwnerLoop loop) : SessionEngine(options, copy, loop)
{
    private KeyValueSession _session = null!;

    internal override ValueTask<DerCode> WriteAsync(IoSlot slot, long block)
    {
        Span<byte> key = stackalloc byte[Targets.KeyBytes];
        Targets.WriteKey(key, block);
        return _session.PutAsync(key, slot.WriteMemory);
    }

    internal override ValueTask<DerCode> ReadAsync(IoSlot slot, long block)
    {
        Span<byte> key = stackalloc byte[Targets.KeyBytes];
        Targets.WriteKey(key, block);
        return CodeOfAsync(_session.GetAsync(key, slot.ReadMemory), slot.BlockBytes);
    }

    protected override void Open(ContainerSession container) =>
        _session = container.OpenKeyValue(Targets.ObjectOf(Options, Copy, ObjectType.KeyValueHashed));

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private static async ValueTask<DerCode> CodeOfAsync(ValueTask<DerResult<int>> task, int expectedBytes)
    {
        DerResult<int> result = await task;
        return !result.IsSuccess ? result.Code : result.Value == expectedBytes ? DerCode.Success : DerCode.Truncated;
    }
}
