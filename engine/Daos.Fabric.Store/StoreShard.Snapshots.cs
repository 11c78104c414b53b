using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Listing;

namespace Daos.Fabric.Store;

/// <summary>Snapshots: epochs of a container that stay readable whatever is aggregated around them.</summary>
public sealed partial class StoreShard
{
    /// <summary>
    /// Makes an epoch of a container readable until the snapshot is destroyed; later writes at or below it come again
    /// (DER_TX_RESTART). Answer once <paramref name="position"/> is stable, also with an error. Read it with
    /// <see cref="ObjectTarget.Epoch"/>.
    /// </summary>
    /// <param name="container">The container.</param>
    /// <param name="at">The epoch, none to mint one.</param>
    /// <param name="epoch">The snapshot's epoch.</param>
    /// <param name="position">Wait for it before answering.</param>
    /// <returns>
    /// Success; DER_CONT_NONEXIST; DER_EXIST; DER_EP_OLD below the aggregated epoch; DER_OVERFLOW above 1,024; DER_HLC_SYNC above the
    /// clock; DER_NOSPACE; DER_AGAIN: nothing happened, await <see cref="AdmitAsync"/>.
    /// </returns>
    public DerCode CreateSnapshot(ContainerId container, Epoch at, out Epoch epoch, out LogPosition position)
    {
        Loop.Assert();
        return Objects.SnapshotCalls.Create(container, at, out epoch, out position);
    }

    /// <summary>
    /// Destroys a snapshot: the next aggregation takes away what only it showed. DER_CONT_NONEXIST, DER_NONEXIST; DER_AGAIN: await
    /// <see cref="AdmitAsync"/>. Answer once the position is stable.
    /// </summary>
    public DerCode DestroySnapshot(ContainerId container, Epoch epoch, out LogPosition position)
    {
        Loop.Assert();
        return Objects.SnapshotCalls.Destroy(container, epoch, out position);
    }

    /// <summary>
    /// Lists snapshots in order, as many as fit, behind an epoch: none for the first call, then the last one found. Fewer than fit: there
    /// are no more. DER_CONT_NONEXIST.
    /// </summary>
    public DerCode ListSnapshots(ContainerId container, Epoch after, Span<Epoch> found, out int count)
    {
        Loop.Assert();
        return Objects.SnapshotCalls.List(container, after, found, out count);
    }

    /// <summary>
    /// The object table of a snapshot (DAOS: OIT): ids of the objects that existed at its epoch. A call looks at a bounded number of
    /// objects: it may bring none and not be at the end; go on with <paramref name="next"/> until it says so.
    /// </summary>
    /// <param name="container">The container.</param>
    /// <param name="snapshot">The snapshot's epoch.</param>
    /// <param name="anchor">Where to start; all zero for the beginning. Good also after a restart.</param>
    /// <param name="found">Where the ids go.</param>
    /// <param name="next">Where the next call goes on.</param>
    /// <param name="result">How many came, and what the answer depends on.</param>
    /// <returns>Success; DER_CONT_NONEXIST; DER_NONEXIST when there is no such snapshot; DER_INVAL for a foreign anchor or no room.</returns>
    public unsafe DerCode ListSnapshotObjects(
        ContainerId container, Epoch snapshot, in ListAnchor anchor, Span<ObjectId> found, out ListAnchor next, out ListResult result)
    {
        Loop.Assert();
        next = anchor;
        result = default;
        ulong record = Objects.Containers.Find(container);
        if (record == 0)
        {
            return DerCode.ContNonexist;
        }

        if (!Objects.Snapshots.Contains(record, snapshot.Value))
        {
            return DerCode.Nonexist;
        }

        return found.IsEmpty ? DerCode.Invalid : Objects.Iterator.ListObjects(container, snapshot, in anchor, found, out next, out result);
    }
}
