using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Timestamps;

namespace Daos.Fabric.Store.Snapshots;

/// <summary>Creation, destruction and listing of snapshots, each modification one transaction. Owned by one xstream.</summary>
internal sealed unsafe class SnapshotCalls(ObjectStore store)
{
    /// <summary>See <see cref="StoreShard.CreateSnapshot"/>.</summary>
    public DerCode Create(ContainerId id, Epoch at, out Epoch epoch, out LogPosition position)
    {
        position = default;
        epoch = default;
        var target = new ObjectTarget { Container = id, Epoch = at };
        DerCode code = store.EpochOf(in target, out ulong stamp);
        code = code.IsSuccess ? store.BeginTransaction() : code;
        if (code.IsError)
        {
            return code;
        }

        epoch = new Epoch(stamp);
        code = Add(id, stamp);
        if (code.IsError)
        {
            // What the refusal rests on may not be stable yet.
            store.AbortTransaction();
            position = store.Shard.AppendedPosition;
            return code;
        }

        code = store.CommitTransaction(stamp, out position);
        if (code.IsSuccess)
        {
            // The snapshot has read the whole container: a late write must not change what it shows.
            store.Reads.Note(EntityPath.Of(in target, TimestampLevel.Container), stamp, ReadTimestamps.SnapshotReader);
        }

        return code;
    }

    /// <summary>See <see cref="StoreShard.DestroySnapshot"/>.</summary>
    public DerCode Destroy(ContainerId id, Epoch epoch, out LogPosition position)
    {
        position = default;
        DerCode code = store.BeginTransaction(freesSpace: true);
        if (code.IsError)
        {
            return code;
        }

        ulong container = store.Containers.Find(id);
        code = container == 0 ? DerCode.ContNonexist : store.Snapshots.Remove(container, epoch.Value);
        if (code.IsError)
        {
            store.AbortTransaction();
            position = store.Shard.AppendedPosition;
            return code;
        }

        code = store.Memory.Transaction.Commit(out position);
        store.Activity.SnapshotWentAway(id);
        return code;
    }

    /// <summary>See <see cref="StoreShard.ListSnapshots"/>.</summary>
    public DerCode List(ContainerId id, Epoch after, Span<Epoch> found, out int count)
    {
        count = 0;
        ulong container = store.Containers.Find(id);
        if (container == 0)
        {
            return DerCode.ContNonexist;
        }

        ulong epoch = after.Value;
        while (count < found.Length && (epoch = store.Snapshots.After(container, epoch)) != 0)
        {
            found[count++] = new Epoch(epoch);
        }

        return DerCode.Success;
    }

    private DerCode Add(ContainerId id, ulong epoch)
    {
        ulong container = store.Containers.Find(id);
        if (container == 0)
        {
            return DerCode.ContNonexist;
        }

        // At the aggregated epoch itself the view is still whole.
        return epoch < store.Memory.Read<ContainerDf>(container)->AggregatedEpoch
            ? DerCode.EpochOld
            : store.Snapshots.Add(container, epoch);
    }
}
