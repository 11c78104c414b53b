using Daos.Fabric.Core.Identities;
using Daos.Fabric.Core.Time;
using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store;

/// <summary>What a shard does by itself: checkpoints and the clock's durable ceiling.</summary>
public sealed partial class StoreShard
{
    private ShardTimer? _timer;
    private long _lastCheckpointNs;
    private ulong _lastHlc;
    private int _background;
    private bool _checkpointing;
    private bool _raising;
    private Journal.LogWaiterList _ceilingWaiters;

    private HybridLogicalClock Hlc => Options.Hlc;

    private ulong CeilingAheadUnits => (ulong)Options.CeilingAheadMs * 1_000_000 * HybridLogicalClock.UnitsPerNs;

    // At opening: nothing is minted below what was stored or given out, and nothing above a ceiling that is not durable.
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> RaiseClockAsync(Epoch highest)
    {
        Hlc.Raise(Math.Max(ReadCeiling(), highest.Value));
        DerCode code = await RaiseCeilingAsync();
        if (code.IsError)
        {
            return Options.Report.Fail(code, $"The clock's ceiling cannot be stored in {Options.Path}: {code.Text}. Check the device.");
        }

        _lastCheckpointNs = Loop.NowNs;
        _lastHlc = Hlc.Last;
        _timer = new ShardTimer(Loop, Options.CeilingAheadMs * 1_000_000L / 3, OnTick);
        _timer.Start();
        return code;
    }

    private unsafe ulong ReadCeiling() => Arena.Header->HlcCeiling;

    private unsafe DerCode CommitCeiling(ulong ceiling, out LogPosition position)
    {
        position = default;
        DerCode code = Transaction.Begin(useReserve: true);
        if (code.IsError)
        {
            return code;
        }

        *Transaction.ModifyHeader(&Arena.Header->HlcCeiling) = ceiling;
        return Transaction.Commit(out position);
    }

    // The new ceiling counts once it is durable. Shards of an engine share the clock: any one's ceiling covers what it gives out.
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> RaiseCeilingAsync()
    {
        PersistProbe.Reach(Options.OnPersist, PersistPoint.BeforeCeilingRaise);
        ulong ceiling = Math.Max(Hlc.Physical, Hlc.Last) + CeilingAheadUnits;
        DerCode code;
        LogPosition position;
        while ((code = CommitCeiling(ceiling, out position)) == DerCode.Again)
        {
            code = await Log.AdmitAsync();
            if (code.IsError)
            {
                return code;
            }
        }

        code = code.IsSuccess ? await Log.WaitStableAsync(position) : code;
        PersistProbe.Reach(Options.OnPersist, PersistPoint.AfterCeilingRaise);
        if (code.IsSuccess && (Hlc.Ceiling == ulong.MaxValue || Hlc.Ceiling < ceiling))
        {
            Hlc.Ceiling = ceiling;
        }

        return code;
    }

    private bool CeilingIsNear(ulong aheadUnits) =>
        !Options.IsVolatile && Math.Max(Hlc.Physical, Hlc.Last) + aheadUnits >= Hlc.Ceiling;

    private ValueTask<DerCode> WaitCeilingAsync()
    {
        WantCeiling();
        Journal.LogWaiter waiter = Journal.LogWaiter.Rent(Loop);
        _ceilingWaiters.Add(waiter);
        return waiter.Task;
    }

    private void WantCeiling()
    {
        if (!_raising && _state.IsSuccess)
        {
            _raising = true;
            _background++;
            Loop.Spawn(RaiseCeilingInBackgroundAsync());
        }
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask RaiseCeilingInBackgroundAsync()
    {
        DerCode code = await RaiseCeilingAsync();
        _raising = false;
        _background--;
        _ceilingWaiters.FinishAll(code);
    }

    private void WantCheckpoint()
    {
        if (!_checkpointing && _state.IsSuccess)
        {
            _checkpointing = true;
            _background++;
            Loop.Spawn(CheckpointInBackgroundAsync());
        }
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask CheckpointInBackgroundAsync()
    {
        await CheckpointAsync(isClean: false);
        _checkpointing = false;
        _background--;

        // What came while it ran may leave too little room again, and those who wait ask nobody else.
        if (_state.IsSuccess)
        {
            _log!.WakeAdmitted();
        }
    }

    /// <summary>Writes a checkpoint; none may be under way. A failure stops the shard.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal async ValueTask<DerCode> CheckpointAsync(bool isClean)
    {
        _lastCheckpointNs = Loop.NowNs;
        DerCode code = await _checkpointer!.RunAsync(_log!, isClean);
        if (code.IsError)
        {
            Fault($"a checkpoint to {_metaFile!.Path} failed with {code}");
        }

        return code;
    }

    private void OnTick()
    {
        // Only a clock that is in use needs a higher ceiling: an idle store writes nothing.
        ulong last = Hlc.Last;
        if (last != _lastHlc && CeilingIsNear(CeilingAheadUnits / 2))
        {
            WantCeiling();
        }

        _lastHlc = last;
        bool due = Loop.NowNs - _lastCheckpointNs >= Options.CheckpointIntervalMs * 1_000_000L;
        if (due && Arena.Dirty is { Count: > 0 })
        {
            WantCheckpoint();
        }

        ReleaseMemoryIfFree();
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask WaitIdleAsync()
    {
        while (IsBusy)
        {
            await ShardPause.WaitAsync(Loop);
        }
    }

    private bool IsBusy =>
        _background > 0
        || DataFile is { IsBusy: true }
        || _metaFile is { IsBusy: true }
        || _logFile is { IsBusy: true }
        || _log is { IsWriting: true };
}
