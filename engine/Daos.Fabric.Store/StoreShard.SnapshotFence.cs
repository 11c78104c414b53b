using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Timestamps;
using Daos.Fabric.Store.Transactions.Tables;
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
    /// <summary>A snapshot waits at most so long for transactions below its epoch, in ns: others decide them, and the client comes again.</summary>
    private const long SettleWaitMaxNs = 1_000_000_000;

    private const long SettlePauseNs = 1_000_000;

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
    /// Waits until nothing at or below an epoch is undecided in a container, and everything written up to now is durable: after
    /// <see cref="RaiseReadTimestamp"/> every smaller modification is settled, and none comes any more.
    /// </summary>
    /// <returns>Success; DER_INPROGRESS when a transaction stayed undecided for a second: come again; DER_IO, DER_SHUTDOWN.</returns>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerCode> WaitSettledAsync(ContainerId container, Epoch epoch)
    {
        long endNs = Loop.NowNs + SettleWaitMaxNs;
        while (_state.IsSuccess && IsUndecided(container, epoch))
        {
            if (Loop.NowNs >= endNs)
            {
                return DerCode.InProgress;
            }

            await ShardPause.WaitAsync(Loop, SettlePauseNs, null);
        }

        return await WaitStableAsync(AppendedPosition);
    }

    /// <summary>Where an object stands in object tables: they come by rising order, then by id.</summary>
    public static ulong ObjectTableOrder(ObjectId id) => new ObjectKey(id).Prefix;

    private bool IsUndecided(ContainerId container, Epoch epoch)
    {
        OpenTransactions open = Objects.Unstable.Open;
        ulong record = open.Count == 0 ? 0 : Objects.Containers.Find(container);
        for (uint i = 1; record != 0 && i <= open.Highest; i++)
        {
            if (open[i].Entry != 0 && open[i].Container == record && open[i].Epoch <= epoch.Value)
            {
                return true;
            }
        }

        return false;
    }
}
