using Daos.Fabric.Core.Time;
using Daos.Fabric.Store;
using Daos.Fabric.Store.Io;

namespace Daos.Fabric.Metadata.Embedded;

/// <summary>
/// Numbered slots in a shard: the akeys of one dkey, so that all slots of a batch are written by one local transaction. Owned by one owner
/// thread; one write at a time.
/// </summary>
internal sealed partial class SlotStore : IDisposable
{
    private readonly StoreShard _shard;

    private SlotStore(StoreShard shard) => _shard = shard;

    /// <summary>Why the shard stopped, or success.</summary>
    internal DerCode State => _shard.State;

    internal string LastError => _shard.LastError;

    /// <summary>Makes or opens the shard. DER codes as <see cref="StoreShard.OpenAsync"/>, with a sentence in the report.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal static async ValueTask<DerResult<SlotStore>> OpenAsync(
        OwnerLoop loop, EmbeddedMetadataOptions options, string path, bool isNew, StoreReport report)
    {
        var storeOptions = new StoreOptions
        {
            Path = path,
            Hlc = new HybridLogicalClock(loop.Clock),
            Random = options.Random.Fork(),
            ArenaReserveBytes = options.ArenaBytes,
            LogBytes = options.LogBytes,
            LogBlockBytes = 64 << 10,
            DataBytes = options.DataBytes,
            MediaBufferCount = 2,

            // Nobody reads the past of a slot.
            HistoryWindowMs = 0,
            Report = report,
        };
        storeOptions = options.Configure?.Invoke(storeOptions) ?? storeOptions;
        DerResult<StoreShard> shard = isNew ? await StoreShard.CreateAsync(loop, storeOptions) : await StoreShard.OpenAsync(loop, storeOptions);
        if (!shard.IsSuccess)
        {
            return shard.Code;
        }

        var store = new SlotStore(shard.Value);
        DerCode code = isNew ? await store.MakeContainerAsync() : DerCode.Success;
        if (code.IsError)
        {
            await store.CloseAsync();
            return code;
        }

        return store;
    }

    /// <summary>Writes a batch in one transaction. It counts when the position is stable. DER_NOSPACE, DER_IO, DER_SHUTDOWN.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal async ValueTask<DerResult<LogPosition>> WriteAsync(SlotBatch batch)
    {
        UpdatePlan plan = BeginUpdate();
        try
        {
            DerCode code = Describe(plan, batch);
            for (int i = 0; i < batch.Count && code.IsSuccess; i++)
            {
                code = plan.PartCount(i) == 0 ? DerCode.Success : await WriteDataAsync(plan, batch, i);
            }

            code = code.IsSuccess ? await plan.FlushDataAsync() : code;
            while (code.IsSuccess)
            {
                code = await plan.AdmitAsync();
                LogPosition position = default;
                code = code.IsSuccess ? plan.Commit(out position, out _) : code;
                if (code.IsSuccess)
                {
                    return position;
                }

                code = code == DerCode.Again ? DerCode.Success : code;
            }

            return code;
        }
        finally
        {
            plan.Free();
        }
    }

    /// <summary>Waits until a write is durable. DER_IO, DER_SHUTDOWN.</summary>
    internal ValueTask<DerCode> WaitStableAsync(LogPosition position) => _shard.WaitStableAsync(position);

    /// <summary>A slot's record; empty when it is free. DER_CSUM, DER_IO.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal async ValueTask<DerResult<byte[]>> ReadAsync(long slot)
    {
        FetchPlan plan = BeginFetch(slot);
        try
        {
            DerCode code = AddAkey(plan);
            code = code.IsSuccess ? plan.Resolve() : code;
            if (code.IsSuccess && plan.NeedsDataRead)
            {
                code = await plan.GatherAsync();
            }

            return code.IsSuccess ? Copy(plan) : code == DerCode.Nonexist ? Array.Empty<byte>() : code;
        }
        finally
        {
            plan.Free();
        }
    }

    /// <summary>Ends the shard with a last checkpoint. Nothing may be under way.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    internal async ValueTask CloseAsync()
    {
        await _shard.CloseAsync();
        Dispose();
    }

    /// <summary>Frees the memory beside the shard's.</summary>
    public void Dispose()
    {
        _scratch.Dispose();
        _checksums.Dispose();
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> MakeContainerAsync()
    {
        while (true)
        {
            DerCode code = await _shard.AdmitAsync();
            if (code.IsError)
            {
                return code;
            }

            code = _shard.CreateContainer(s_container, out LogPosition position);
            if (code != DerCode.Again)
            {
                return code.IsError ? code : await _shard.WaitStableAsync(position);
            }
        }
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private static async ValueTask<DerCode> WriteDataAsync(UpdatePlan plan, SlotBatch batch, int index)
    {
        // An entry is far below the size of a part.
        Invariant.Check(plan.PartCount(index) == 1);
        await plan.OpenPartAsync(index);
        Fill(plan, batch, index);
        DerCode code = await plan.WriteStepAsync();
        if (code.IsSuccess && plan.FirstStepBytes < plan.PartBytes)
        {
            code = await plan.WriteStepAsync();
        }

        plan.ClosePart();
        return code;
    }
}
