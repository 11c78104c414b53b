using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Core.Checksums;
using Daos.Fabric.Core.Identities;
using Daos.Fabric.Store;
using Daos.Fabric.Store.Checksums;
using Daos.Fabric.Store.Io;

namespace Daos.Fabric.Bench.Engines;

/// <summary>An array of extents of 1 MiB with checksums, in a container of its own, that a scrubber finds before the job's keys. On the job's loop.</summary>
internal sealed class ScrubData(StoreShard store) : IDisposable
{
    private const uint ChunkBytes = 32 << 10;
    private const int Chunks = UpdatePlan.PartBytesMax / (int)ChunkBytes;

    // The first in the order of ids.
    private static readonly ContainerId s_container = new(new Guid("00000000-0000-0000-0000-000000000001"));
    private static readonly ObjectId s_object = ObjectId.Create(0, 1, ObjectType.MultiHashed);

    private readonly NativeSlab _bytes = new(UpdatePlan.PartBytesMax);
    private readonly NativeSlab _checksums = new(Chunks * sizeof(uint));

    /// <summary>Writes so many bytes, in whole extents.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal async ValueTask<DerCode> WriteAsync(long bytes)
    {
        DerCode code = store.CreateContainer(s_container, out LogPosition position);
        code = code.IsSuccess ? await store.WaitStableAsync(position) : code;
        Fill();
        for (ulong i = 0; i < (ulong)(bytes / UpdatePlan.PartBytesMax) && code.IsSuccess; i++)
        {
            UpdatePlan plan = Begin(i, out code);
            code = code.IsSuccess ? await FinishAsync(plan) : code;
            plan.Free();
        }

        return code;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _bytes.Dispose();
        _checksums.Dispose();
    }

    private unsafe void Fill()
    {
        var bytes = new Span<byte>(_bytes.Address, UpdatePlan.PartBytesMax);
        new Core.Randomness.SeededRandom(1).Fill(bytes);
        for (int i = 0; i < Chunks; i++)
        {
            ((uint*)_checksums.Address)[i] = Crc32C.Compute(bytes.Slice(i * (int)ChunkBytes, (int)ChunkBytes));
        }
    }

    private unsafe UpdatePlan Begin(ulong index, out DerCode code)
    {
        var target = new ObjectTarget
        {
            Container = s_container,
            Object = s_object,
            Dkey = _bytes.Address,
            DkeyLength = 16,
            Modification = ModificationId.None,
        };
        UpdatePlan plan = store.BeginUpdate(in target);
        var info = new ChecksumInfo
        {
            Type = ChecksumType.Crc32C,
            ChunkBytes = ChunkBytes,
            Values = (uint*)_checksums.Address,
            Count = Chunks,
        };
        code = plan.AddExtent(_bytes.Address, 1, 1, index * UpdatePlan.PartBytesMax, UpdatePlan.PartBytesMax, in info);
        return plan;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> FinishAsync(UpdatePlan plan)
    {
        await plan.OpenPartAsync(0);
        FillPart(plan);
        DerCode code = await plan.WriteStepAsync();
        code = code.IsSuccess ? await plan.WriteStepAsync() : code;
        plan.ClosePart();
        code = code.IsSuccess ? await plan.FlushDataAsync() : code;
        LogPosition position = default;
        do
        {
            code = code.IsSuccess || code == DerCode.Again ? await plan.AdmitAsync() : code;
            code = code.IsSuccess ? plan.Commit(out position, out _) : code;
        }
        while (code == DerCode.Again);
        return code.IsSuccess ? await store.WaitStableAsync(position) : code;
    }

    private unsafe void FillPart(UpdatePlan plan) =>
        Buffer.MemoryCopy(_bytes.Address, plan.PartAddress, UpdatePlan.PartBytesMax, UpdatePlan.PartBytesMax);
}
