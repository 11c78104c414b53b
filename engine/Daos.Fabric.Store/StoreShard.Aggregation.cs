using Daos.Fabric.Store.Aggregation;

namespace Daos.Fabric.Store;

/// <summary>Aggregation and discard: what goes through old versions in the background.</summary>
public sealed partial class StoreShard
{
    /// <summary>What aggregation did since the shard was opened.</summary>
    public AggregationStatistics Aggregation => Objects.Aggregator.Statistics;

    /// <summary>True while an aggregation is under way.</summary>
    public bool IsAggregating => Objects.Aggregator.IsRunning;

    /// <summary>
    /// True when something was written up to an epoch since the last aggregation, or a snapshot was destroyed: without it an aggregation
    /// would find nothing.
    /// </summary>
    public bool NeedsAggregation(Epoch through) => Objects.Activity.IsBefore(through.Value);

    /// <summary>
    /// Aggregates every container, from where the last aggregation ended to an epoch, in slices with pauses, in the request class of
    /// <see cref="StoreOptions.UpkeepClass"/>: versions that no readable epoch shows go, extents of arrays are put together, logs of keys
    /// and keys that are empty go. Reads below the epoch are refused from now on unless they are at a snapshot. What is visible at any
    /// readable epoch stays the same.
    /// </summary>
    /// <param name="through">
    /// The bound (DAOS: now less the commit age). What is not stable yet is left out, and what a discard takes back.
    /// </param>
    /// <param name="control">How fast, and until when.</param>
    /// <returns>Success; DER_CANCELED; DER_BUSY when one is under way; DER_IO, DER_SHUTDOWN.</returns>
    public ValueTask<DerCode> AggregateAsync(Epoch through, AggregationControl control)
    {
        Loop.Assert();
        return InBackgroundAsync(Objects.Aggregator.RunAllAsync(through.Value, control));
    }

    /// <summary>As <see cref="AggregateAsync(Epoch, AggregationControl)"/>, one container. DER_CONT_NONEXIST.</summary>
    public ValueTask<DerCode> AggregateAsync(ContainerId container, Epoch through, AggregationControl control)
    {
        Loop.Assert();
        return InBackgroundAsync(Objects.Aggregator.RunAsync(container, through.Value, control));
    }

    /// <summary>
    /// Takes back everything that was written from one epoch to another, punches included, as if it had never been (DAOS: vos_discard, for
    /// rebuild and reintegration), in slices with pauses. What snapshots in the range show goes too.
    /// </summary>
    /// <param name="scope">Which container, which object of it, which epochs.</param>
    /// <param name="control">How fast, and until when.</param>
    /// <returns>
    /// Success, once all of it is stable; DER_CONT_NONEXIST; DER_INVAL for an empty range; DER_EP_OLD when the range begins or ends among
    /// what was aggregated, where versions are no longer apart; DER_BUSY when a discard is under way; DER_TX_BUSY
    /// when something from there on is undecided (<see cref="DiscardTransactions"/> first); DER_CANCELED; DER_IO, DER_SHUTDOWN.
    /// </returns>
    public ValueTask<DerCode> DiscardAsync(DiscardScope scope, AggregationControl control)
    {
        Loop.Assert();
        return InBackgroundAsync(Objects.Discarder.RunAsync(scope, control));
    }

    // A closing shard waits for it.
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> InBackgroundAsync(ValueTask<DerCode> work)
    {
        _background++;
        DerCode code = await work;
        _background--;
        return code;
    }
}
