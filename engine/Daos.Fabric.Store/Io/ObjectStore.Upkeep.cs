namespace Daos.Fabric.Store.Io;

/// <summary>What the background's walks share: their bound, and the end of a step.</summary>
internal sealed unsafe partial class ObjectStore
{
    /// <summary>
    /// The highest epoch up to which old versions may be put together: the wanted one, but nothing that is not stable or not decided yet,
    /// nothing above what was ever written, and nothing that a discard under way is about to take back.
    /// </summary>
    public ulong AggregationBound(ulong wanted)
    {
        Unstable.Trim(Shard.StablePosition);
        ulong stable = Math.Min(Math.Min(Unstable.Lowest, Unstable.Open.LowestEpoch()) - 1, HighestEpoch);
        return Math.Min(Math.Min(wanted, stable), Discarder.Below);
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
