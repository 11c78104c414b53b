namespace Daos.Fabric.Store.Snapshots;

/// <summary>The snapshots of containers, a tree by epoch in each. Owned by one xstream.</summary>
internal sealed unsafe class SnapshotTable(TreeMemory memory)
{
    /// <summary>True when an epoch is a snapshot of a container.</summary>
    public bool Contains(ulong container, ulong epoch) =>
        BTree.Find(memory.Arena, memory.Read<ContainerDf>(container)->Snapshots, KeyOf(epoch)) != 0;

    /// <summary>Adds a snapshot in the transaction under way. DER_EXIST, DER_OVERFLOW when there are too many, DER_NOSPACE.</summary>
    public DerCode Add(ulong container, ulong epoch)
    {
        if (memory.Read<ContainerDf>(container)->SnapshotCount >= ObjectLimits.SnapshotsMax)
        {
            return DerCode.Overflow;
        }

        ulong record = memory.Transaction.Allocate(SnapshotDf.SizeBytes);
        if (record == 0)
        {
            return DerCode.NoSpace;
        }

        memory.Read<SnapshotDf>(record)->Epoch = epoch;
        memory.Edit<ContainerDf>(container)->SnapshotCount++;
        return BTree.Insert(memory, container + ContainerDf.SnapshotsOffset, KeyOf(epoch), record);
    }

    /// <summary>
    /// Takes a snapshot out in the transaction under way; what only it showed is looked for by the next aggregation. DER_NONEXIST.
    /// </summary>
    public DerCode Remove(ulong container, ulong epoch)
    {
        ulong record = BTree.Remove(memory, container + ContainerDf.SnapshotsOffset, KeyOf(epoch));
        if (record == 0)
        {
            return DerCode.Nonexist;
        }

        memory.Transaction.Free(record, SnapshotDf.SizeBytes);
        var edited = memory.Edit<ContainerDf>(container);
        edited->SnapshotCount--;
        edited->AggregatedSnapshot = Math.Min(edited->AggregatedSnapshot, Before(container, epoch));
        return DerCode.Success;
    }

    /// <summary>The first snapshot after an epoch, 0 for none.</summary>
    public ulong After(ulong container, ulong epoch)
    {
        if (memory.Read<ContainerDf>(container)->Snapshots == 0 || epoch == ulong.MaxValue)
        {
            return 0;
        }

        Unsafe.SkipInit(out TreeCursor cursor);
        cursor.Reset(memory.Arena, memory.Read<ContainerDf>(container)->Snapshots);
        return cursor.SeekAtLeast(KeyOf(epoch + 1)) ? memory.Read<SnapshotDf>(cursor.Record)->Epoch : 0;
    }

    /// <summary>The last snapshot before an epoch, 0 for none.</summary>
    public ulong Before(ulong container, ulong epoch)
    {
        if (memory.Read<ContainerDf>(container)->Snapshots == 0 || epoch == 0)
        {
            return 0;
        }

        Unsafe.SkipInit(out TreeCursor cursor);
        cursor.Reset(memory.Arena, memory.Read<ContainerDf>(container)->Snapshots);
        return cursor.SeekAtMost(KeyOf(epoch - 1)) ? memory.Read<SnapshotDf>(cursor.Record)->Epoch : 0;
    }

    private static StampKey KeyOf(ulong epoch) => new(new VersionStamp(epoch, 0));
}
