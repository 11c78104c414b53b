using Daos.Fabric.Store.Aggregation;
using Daos.Fabric.Store.Reclaim;

namespace Daos.Fabric.Store.Io;

/// <summary>What the background's walks share: their bound, the beginning and the end of a step, and the pause behind it.</summary>
internal sealed partial class ObjectStore
{
    /// <summary>Nothing above it is aggregated while a snapshot is being made in several shards; the largest number when none is.</summary>
    public ulong SnapshotHold { get; set; } = ulong.MaxValue;

    /// <summary>
    /// The highest epoch up to which old versions may be put together: the wanted one, but nothing that is not stable or not decided yet,
    /// nothing above what was ever written, nothing that a discard under way is about to take back, and nothing that a snapshot in the making
    /// may show.
    /// </summary>
    public ulong AggregationBound(ulong wanted)
    {
        Unstable.Trim(Shard.StablePosition);
        ulong stable = Math.Min(Math.Min(Unstable.Lowest, Unstable.Open.LowestEpoch()) - 1, HighestEpoch);
        return Math.Min(Math.Min(wanted, stable), Math.Min(Discarder.Below, SnapshotHold));
    }

    /// <summary>
    /// Opens the transaction of a step in a container, with the credits that its control gives. Success with <paramref name="record"/> 0 when
    /// the container was destroyed meanwhile: nothing is open then, and nothing is left to do. DER_AGAIN, DER_IO, DER_SHUTDOWN.
    /// </summary>
    public DerCode BeginStep(ContainerId container, StepBudget budget, AggregationControl control, out ulong record)
    {
        record = 0;
        DerCode code = BeginTransaction(freesSpace: true);
        if (code.IsError)
        {
            return code;
        }

        record = Containers.Find(container);
        if (record == 0)
        {
            Memory.Transaction.Abort();
            return DerCode.Success;
        }

        bool isTight = control.Pace.IsTight(control.IsTight);
        budget.Begin(
            isTight ? AggregationLimits.TightScans : AggregationLimits.SlackScans,
            isTight ? AggregationLimits.TightFrees : AggregationLimits.SlackFrees);
        return DerCode.Success;
    }

    /// <summary>
    /// Lets others run for as long as space, and what they want, ask for (<see cref="AggregationPace"/>), and goes on in the request class of
    /// upkeep. DER_CANCELED, DER_IO, DER_SHUTDOWN.
    /// </summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerCode> PauseAsync(AggregationControl control)
    {
        long count = control.ForegroundCount?.Invoke() ?? OperationCount;
        long pauseNs = control.Pace.PauseNs(Shard.Loop.Clock.MonotonicNs, count, control.IsTight);
        await ShardPause.WaitAsync(Shard.Loop, pauseNs, Shard.Options.UpkeepClass);
        control.Pace.Resume(Shard.Loop.Clock.MonotonicNs);
        return control.IsCancelled ? DerCode.Canceled : Shard.State;
    }

    /// <summary>Ends the transaction of a step. One that changed nothing leaves no trace in the log.</summary>
    public void EndStep(out LogPosition position)
    {
        if (Memory.Transaction.RangeCount == 0)
        {
            Memory.Transaction.Abort();
            position = Shard.AppendedPosition;
            return;
        }

        DerCode code = Memory.Transaction.Commit(out position);
        Invariant.Check(code.IsSuccess);
    }
}
