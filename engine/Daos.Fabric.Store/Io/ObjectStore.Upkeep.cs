namespace Daos.Fabric.Store.Io;

/// <summary>What the background's walks share: their bound, and the end of a step.</summary>
internal sealed unsafe partial class ObjectStore
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
