using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Timestamps;
using Daos.Fabric.Store.Trees;

namespace Daos.Fabric.Store;

/// <summary>
/// What a snapshot over several shards needs before it is made in any of them: an epoch at which each of them stands still.
/// <code>
/// hold aggregation everywhere | mint the epoch | raise the read timestamp, wait for smaller modifications | create | let go
/// </code>
/// </summary>
public sealed partial class StoreShard
{
    /// <summary>
    /// Until <see cref="ReleaseAggregation"/> nothing is aggregated above what the clock has given out by now: an epoch that is minted from it
    /// afterwards keeps its view. In memory; one hold at a time.
    /// </summary>
    public void HoldAggregation()
    {
        Loop.Assert();
        Objects.SnapshotHold = Hlc.Last;
    }

    /// <summary>Ends the hold; nothing happens without one.</summary>
    public void ReleaseAggregation()
    {
        Loop.Assert();
        Objects.SnapshotHold = ulong.MaxValue;
    }

    /// <summary>
    /// Notes that a container is read whole at an epoch: a write at or below it that comes later must come again (DER_TX_RESTART). Done before
    /// the first shard makes the snapshot durable, so that no shard takes a write that another one's snapshot would miss.
    /// </summary>
    /// <returns>Success; DER_CONT_NONEXIST; DER_HLC_SYNC above the clock's ceiling; DER_EP_OLD below the aggregated epoch.</returns>
    public DerCode RaiseReadTimestamp(ContainerId container, Epoch epoch)
    {
        Loop.Assert();
        var target = new ObjectTarget { Container = container, Epoch = epoch };
        DerCode code = Objects.EpochOf(in target, out ulong stamp);
        code = code.IsSuccess ? Objects.LocateContainer(container, stamp, out _) : code;
        if (code.IsSuccess)
        {
            Objects.Reads.Note(EntityPath.Of(in target, TimestampLevel.Container), stamp, ReadTimestamps.SnapshotReader);
        }

        return code;
    }

    /// <summary>
    /// Waits until everything written up to now is durable. After <see cref="RaiseReadTimestamp"/> this is every modification at or below its
    /// epoch. DER_IO, DER_SHUTDOWN.
    /// </summary>
    public ValueTask<DerCode> WaitSettledAsync() => WaitStableAsync(AppendedPosition);

    /// <summary>Where an object stands in object tables: they come by rising order, then by id.</summary>
    public static ulong ObjectTableOrder(ObjectId id) => new ObjectKey(id).Prefix;
}
