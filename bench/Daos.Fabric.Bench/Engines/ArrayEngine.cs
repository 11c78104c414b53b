using Daos.Fabric.Bench.Options;
using Daos.Fabric.Bench.Running;
using Daos.Fabric.Client.Sessions;
using Daos.Fabric.Core.Identities;
using Daos.Fabric.Reactor;

namespace Daos.Fabric.Bench.Engines;

/// <summary>A byte array of the job's size; a block lies within one chunk.</summary>
internal sealed class ArrayEngine(JobOptions options, int copy, OwnerLoop loop) : SessionEngine(options, copy, loop)
{
    private const long ChunkBytesMin = 1 << 20;

    private ArraySession _session = null!;

    internal override ValueTask<DerCode> WriteAsync(IoSlot slot, long block) =>
        _session.WriteAsync((ulong)(block * Options.BlockBytes), slot.WriteMemory);

    internal override ValueTask<DerCode> ReadAsync(IoSlot slot, long block) =>
        CodeOfAsync(_session.ReadAsync((ulong)(block * Options.BlockBytes), slot.ReadMemory), slot.BlockBytes);

    /// <summary>A whole number of blocks, at least 1 MiB.</summary>
    internal static ulong ChunkCellsOf(JobOptions options) =>
        (ulong)((ChunkBytesMin + options.BlockBytes - 1) / options.BlockBytes * options.BlockBytes);

    protected override void Open(ContainerSession container) =>
        _session = container.OpenArray(Targets.ObjectOf(Options, Copy, ObjectType.ArrayByte), 1, ChunkCellsOf(Options));

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private static async ValueTask<DerCode> CodeOfAsync(ValueTask<DerResult<int>> task, int expectedBytes)
    {
        DerResult<int> result = await task;
        return !result.IsSuccess ? result.Code : result.Value == expectedBytes ? DerCode.Success : DerCode.Truncated;
    }
}
