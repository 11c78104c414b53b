using Daos.Fabric.Core.Faults;
using Daos.Fabric.Core.Identities;
using Daos.Fabric.Core.Time;
using Daos.Fabric.Reactor;
using Daos.Fabric.Store.Media;
using Daos.Fabric.Store.Pressure;

namespace Daos.Fabric.Store;

/// <summary>
/// The versioned store of one pool on one target: arena, log, checkpoint and data space. Owned by one xstream; every call comes from it.
/// Once a log or data write or a flush has failed the shard is faulted: updates answer DER_IO and nothing is acknowledged any more.
/// </summary>
public sealed partial class StoreShard : IAsyncDisposable
{
    private readonly Action _beforeSubmit;
    private DerCode _state;

    private StoreShard(OwnerLoop loop, StoreOptions options)
    {
        Loop = loop;
        Options = options;
        _gauge = new SpaceGauge(options.OnSpaceLevel);
        _beforeSubmit = OnTurnEnd;
        options.Made?.Add(this);
    }

    /// <summary>How it was opened.</summary>
    public StoreOptions Options { get; }

    /// <summary>The newest failure in words.</summary>
    public string LastError => Options.Report.LastError;

    /// <summary>Success, or what every update is answered: DER_IO (faulted, perhaps while closing), DER_SHUTDOWN (closed).</summary>
    public DerCode State => _state;

    /// <summary>Everything committed up to here survives a crash.</summary>
    public LogPosition StablePosition => Log.Stable;

    /// <summary>Position of the newest transaction.</summary>
    public LogPosition AppendedPosition => Log.Appended;

    /// <summary>Figures since it was opened.</summary>
    public StoreStatistics Statistics => new(
        Transaction.CommittedCount,
        _log?.WrittenBlocks ?? 0,
        _log?.WrittenBytes ?? 0,
        _log?.UsedBytes ?? 0,
        _log?.RoomWaits ?? 0,
        _checkpointer?.Count ?? 0,
        _checkpointer?.WrittenPages ?? 0,
        Arena.Dirty?.Count ?? 0,
        DataFile.ReadBytes,
        DataFile.WrittenBytes,
        DataFile.FlushCount,
        (long)Arena.LiveBytes,
        Objects.Corruption.ReadErrors,
        Objects.Corruption.MarkedValues,
        (long)Arena.BackedBytes,
        _slowedUpdates,
        _slowedNs,
        _blockWaits,
        _trimmedBytes,
        _failedTrims,
        DataSpace.ScatteredCount);

    /// <summary>What opening it found; zeros for a volatile shard.</summary>
    public StoreRecovery Recovery { get; private set; }

    /// <summary>The owner.</summary>
    internal OwnerLoop Loop { get; }

    /// <summary>Metadata.</summary>
    internal Arena Arena { get; private set; } = null!;

    /// <summary>The one transaction of this shard.</summary>
    internal LocalTransaction Transaction { get; private set; } = null!;

    /// <summary>Where transactions go.</summary>
    internal TransactionLog Log { get; private set; } = null!;

    /// <summary>Blocks of the data file.</summary>
    internal DataSpace DataSpace { get; private set; } = null!;

    /// <summary>The data file.</summary>
    internal MediaFile DataFile { get; private set; } = null!;

    /// <summary>Identity, drawn when it was formatted; empty for a volatile shard.</summary>
    public Guid Id => _superblock?.Values.Id ?? Guid.Empty;

    /// <summary>Buffers for the data file.</summary>
    internal MediaBuffers Buffers { get; private set; } = null!;

    /// <summary>Buffers for small reads of the data file.</summary>
    internal MediaBuffers SmallBuffers { get; private set; } = null!;

    /// <summary>
    /// Completes with success once everything committed up to a position is durable; DER_IO when that will never be known. Continuations
    /// run in the order of the log.
    /// </summary>
    public ValueTask<DerCode> WaitStableAsync(LogPosition position) => Log.WaitStableAsync(position);

    /// <summary>
    /// Waits until the log has room for a modification and the clock's durable ceiling lies ahead: to be awaited before its
    /// transaction, with nothing awaited in between. A transaction that still finds no room answers DER_AGAIN: come here again.
    /// DER_IO or DER_SHUTDOWN when the shard has stopped.
    /// </summary>
    public ValueTask<DerCode> AdmitAsync()
    {
        Loop.Assert();
        if (_state.IsError)
        {
            return new ValueTask<DerCode>(_state);
        }

        return CeilingIsNear(0) ? AdmitAfterCeilingAsync() : Log.AdmitAsync();
    }

    /// <summary>Mints an epoch above every earlier one. DER_AGAIN: await <see cref="AdmitAsync"/> first.</summary>
    public DerCode TryMintEpoch(out Epoch epoch)
    {
        DerCode code = Options.Hlc.TryNext(out ulong hlc);
        epoch = new Epoch(hlc);
        return code;
    }

    /// <summary>Writes to the data file, on the way to an extent. A failure other than DER_NOSPACE faults the shard.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal async ValueTask<DerCode> WriteDataAsync(nint source, int lengthBytes, long offsetBytes)
    {
        if (_state.IsError)
        {
            return _state;
        }

        PersistProbe.Reach(Options.OnPersist, PersistPoint.BeforeDataWrite);
        DerCode code = await DataFile.WriteAsync(source, lengthBytes, offsetBytes);
        PersistProbe.Reach(Options.OnPersist, PersistPoint.AfterDataWrite);
        if (code.IsError && code != DerCode.NoSpace)
        {
            Fault($"writing {lengthBytes} bytes at {offsetBytes} of {DataFile.Path} failed with {code}");
        }

        return code;
    }

    /// <summary>
    /// Makes the data writes that completed before this call durable; nothing to do in volatile mode. DER_IO faults the shard.
    /// </summary>
    internal ValueTask<DerCode> FlushDataAsync()
    {
        if (_state.IsError || Options.IsVolatile)
        {
            return new ValueTask<DerCode>(_state);
        }

        return FaultRegistry.Enabled && Options.OnPersist is not null ? FlushDataWithProbeAsync() : DataFile.FlushAsync();
    }

    /// <summary>Reads from the data file. DER_IO.</summary>
    internal ValueTask<DerCode> ReadDataAsync(nint destination, int lengthBytes, long offsetBytes) =>
        DataFile.ReadAsync(destination, lengthBytes, offsetBytes);

    /// <summary>
    /// Stops the shard for a reason that its owner knows, a faulty device: updates answer DER_IO from now on and nothing more is
    /// acknowledged. What was acknowledged stays on media. The shard still has to be closed.
    /// </summary>
    /// <param name="why">Goes into the report: "the store has stopped: " and this.</param>
    public void Stop(string why)
    {
        Loop.Assert();
        _ = Halt(why);
    }

    /// <summary>Stops the shard: nothing is acknowledged from now on.</summary>
    internal void Fault(string sentence)
    {
        if (Halt(sentence))
        {
            Options.OnFault?.Invoke();
        }
    }

    private bool Halt(string sentence)
    {
        // Also while it is being closed: whoever waits for the log then would wait for ever.
        bool isFirst = _state.IsSuccess || _state == DerCode.Shutdown;
        if (isFirst)
        {
            _state = Options.Report.Fail(
                DerCode.Io, $"The store in {Options.Path} has stopped: {sentence}. Restart it once the device is healthy.");

            // A flush may fail while the shard is being opened and has no log yet.
            Log?.Stop(_state);
        }

        return isFirst;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> AdmitAfterCeilingAsync()
    {
        DerCode code = await WaitCeilingAsync();
        return code.IsSuccess ? await Log.AdmitAsync() : code;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> FlushDataWithProbeAsync()
    {
        PersistProbe.Reach(Options.OnPersist, PersistPoint.BeforeDataFlush);
        DerCode code = await DataFile.FlushAsync();
        PersistProbe.Reach(Options.OnPersist, PersistPoint.AfterDataFlush);
        return code;
    }

    // Containers and trees: made with a new shard, opened with an existing one (which answers the highest epoch stored), closed with it.
    partial void FormatTrees(ref DerCode code);

    partial void OpenTrees(ref DerCode code, ref Epoch highestEpoch);

    partial void CloseTrees();

    private void OnTurnEnd()
    {
        DataFile.SubmitFlush();
        _metaFile?.SubmitFlush();
        _logFile?.SubmitFlush();
        Log.Submit();
    }
}
