using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Media;
using Daos.Fabric.Store.Reclaim;

namespace Daos.Fabric.Store.Aggregation;

/// <summary>
/// Writes what several extents of a window show as one: reads them with every checksum checked, computes those of the new extent, puts the
/// bytes where their size belongs (the data file from the threshold on), makes them durable, and then, in one transaction, after a look
/// whether everything is as it was, exchanges new for old. One merge at a time. Owned by one xstream.
/// </summary>
internal sealed class ExtentMerger(ObjectStore store, RecordFreer freer)
{
    private const int KeysOffset = AggregationLimits.MergedBytesMax;
    private const int ChecksumsOffset = KeysOffset + (2 * ObjectLimits.KeyBytesMax);
    private const int SlabBytes = ChecksumsOffset + (ObjectLimits.ChecksumWordsPerExtentMax * sizeof(uint));

    private readonly MergeExchange _exchange = new(store, freer);
    private NativeSlab? _slab;

    /// <summary>Extents that were put together.</summary>
    public long MergedExtents { get; private set; }

    /// <summary>Extents written for them.</summary>
    public long Merges { get; private set; }

    /// <summary>Bytes of those.</summary>
    public long MergedBytes { get; private set; }

    /// <summary>Of those in the data file.</summary>
    public long MovedBytes { get; private set; }

    /// <summary>Merges given up.</summary>
    public long Skipped { get; private set; }

    /// <summary>Merges given up for damage.</summary>
    public long ChecksumErrors { get; private set; }

    /// <summary>
    /// Does one merge. Success also when it had to be given up: no space, a damaged source (which is marked and reported, and never becomes
    /// part of anything new), a change meanwhile. DER_IO, DER_SHUTDOWN.
    /// </summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerCode> MergeAsync(ContainerId container, ContainerWalk place, MergeRun run, EpochWindow window)
    {
        MergeTarget target = TargetOf(container, place);
        FetchPlan plan = store.BeginOwnFetch(AtEpoch(in target, run, window));
        DerCode code = Ask(plan, in target, run);
        if (code.IsSuccess && plan.NeedsDataRead)
        {
            code = await plan.GatherAsync();
        }

        if (code == DerCode.Checksum)
        {
            // Without room for the mark the next reader finds the damage again.
            ChecksumErrors++;
            DerCode marked = await plan.MarkCorruptedAsync();
            code = marked.IsError && marked != DerCode.NoSpace ? marked : code;
        }

        bool isRead = code.IsSuccess && Take(plan, run);
        plan.Free();
        if (code.IsError && !IsHarmless(code))
        {
            return code;
        }

        if (!isRead)
        {
            Skipped++;
            return DerCode.Success;
        }

        return await WriteAsync(target, run, window);
    }

    /// <summary>Frees its memory.</summary>
    public void Dispose()
    {
        _slab?.Dispose();
        _slab = null;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> WriteAsync(MergeTarget target, MergeRun run, EpochWindow window)
    {
        DataExtent data = default;
        DerCode code = DerCode.Success;
        if (GoesToData(run))
        {
            code = store.Shard.DataSpace.Reserve(run.Bytes, out data, AllocationStream.Aggregation);
            code = code.IsSuccess ? await WriteDataAsync(run.Bytes, data.OffsetBytes) : code;
        }

        bool isDone = false;
        while (code.IsSuccess && !isDone)
        {
            code = _exchange.Commit(in target, run, window, ValueOf(run, data));
            if (code == DerCode.Again)
            {
                code = await store.Shard.AdmitAsync();
                continue;
            }

            isDone = code.IsSuccess;
        }

        if (isDone)
        {
            MergedExtents += run.Sources.Length;
            Merges++;
            MergedBytes += run.Bytes;
            MovedBytes += data.Blocks > 0 ? run.Bytes : 0;
            return code;
        }

        if (data.Blocks > 0)
        {
            store.Shard.DataSpace.Cancel(data);
        }

        Skipped++;
        return store.Shard.State;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> WriteDataAsync(int bytes, long offsetBytes)
    {
        DerCode code = await store.Shard.WriteDataAsync(PrepareWrite(bytes, out int lengthBytes), lengthBytes, offsetBytes);
        return code.IsSuccess ? await store.Shard.FlushDataAsync() : code;
    }

    private unsafe nint PrepareWrite(int bytes, out int lengthBytes)
    {
        lengthBytes = (bytes + DataExtent.BlockBytes - 1) / DataExtent.BlockBytes * DataExtent.BlockBytes;
        new Span<byte>(_slab!.Address + bytes, lengthBytes - bytes).Clear();
        return (nint)_slab.Address;
    }

    // Damage, or a container, a snapshot or versions that went meanwhile.
    private static bool IsHarmless(DerCode code) =>
        code == DerCode.Checksum || code == DerCode.ContNonexist || code == DerCode.EpochOld || code == DerCode.Overflow;

    // Keys are copied: the records that the walk stands at may go while bytes are read.
    private unsafe MergeTarget TargetOf(ContainerId container, ContainerWalk place)
    {
        _slab ??= new NativeSlab(SlabBytes);
        byte* dkey = _slab.Address + KeysOffset;
        byte* akey = dkey + ObjectLimits.KeyBytesMax;
        place.Dkey.CopyTo(new Span<byte>(dkey, ObjectLimits.KeyBytesMax));
        place.Akey.CopyTo(new Span<byte>(akey, ObjectLimits.KeyBytesMax));
        return new MergeTarget
        {
            Container = container,
            Object = place.Object,
            Dkey = new KeyBytes(dkey, place.Dkey.Length),
            Akey = new KeyBytes(akey, place.Akey.Length),
        };
    }

    private static unsafe ObjectTarget AtEpoch(in MergeTarget target, MergeRun run, EpochWindow window) => new()
    {
        Container = target.Container,
        Object = target.Object,
        Dkey = target.Dkey.Address,
        DkeyLength = target.Dkey.Length,
        Epoch = new Epoch(window.Through),
        Flags = run.Start >= ObjectLimits.ParityBit ? OperationFlags.Parity : OperationFlags.None,
    };

    private static unsafe DerCode Ask(FetchPlan plan, in MergeTarget target, MergeRun run)
    {
        plan.VerifiesAll = true;
        plan.AnswerChunkBytes = run.Chunks.PartBytes;
        DerCode code = plan.AddExtent(target.Akey.Address, target.Akey.Length, run.Start, run.End - run.Start);
        return code.IsSuccess ? plan.Resolve() : code;
    }

    // False when the array is not what it was: the exchange would find that too, but only bytes that are there can be copied.
    private unsafe bool Take(FetchPlan plan, MergeRun run)
    {
        ReadOnlySpan<uint> checksums = plan.Checksums(0);
        if (!plan.Exists(0)
            || plan.ValueBytes(0) != run.Bytes
            || plan.ChecksumTypeOf(0) != run.Type
            || checksums.Length != run.ChecksumCount * ChecksumTypes.Words(run.Type))
        {
            return false;
        }

        plan.CopyTo(0, _slab!.Address);
        checksums.CopyTo(new Span<uint>(_slab.Address + ChecksumsOffset, checksums.Length));
        return true;
    }

    private bool GoesToData(MergeRun run) =>
        run.Bytes >= store.Shard.Options.DataThresholdBytes
        || run.Bytes + (run.ChecksumCount * ChecksumTypes.Words(run.Type) * sizeof(uint)) > ObjectLimits.ArenaRecordBytesMax;

    private unsafe MergedValue ValueOf(MergeRun run, DataExtent data) => new()
    {
        Data = data,
        Bytes = _slab!.Address,
        Checksums = (uint*)(_slab.Address + ChecksumsOffset),
        ChecksumWords = run.ChecksumCount * ChecksumTypes.Words(run.Type),
    };
}
