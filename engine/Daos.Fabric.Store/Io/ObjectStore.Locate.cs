using Daos.Fabric.Store.Visibility;

namespace Daos.Fabric.Store.Io;

/// <summary>The way down from a container to a dkey or akey, for readers and for writers.</summary>
internal sealed unsafe partial class ObjectStore
{
    /// <summary>
    /// Finds a container for a read at an epoch (0 = the newest). DER_CONT_NONEXIST; DER_EP_OLD below the aggregated epoch, unless the
    /// epoch is a snapshot's.
    /// </summary>
    public DerCode LocateContainer(ContainerId id, ulong epoch, out ulong container)
    {
        container = Containers.Find(id);
        if (container == 0)
        {
            return DerCode.ContNonexist;
        }

        bool isOld = epoch != 0 && epoch < Memory.Read<ContainerDf>(container)->AggregatedEpoch;
        return isOld && !Snapshots.Contains(container, epoch) ? DerCode.EpochOld : DerCode.Success;
    }

    /// <summary>
    /// Finds a container for a modification at an epoch. DER_CONT_NONEXIST; DER_EP_OLD up to the aggregated epoch: what stood there may have
    /// been put together with what is older.
    /// </summary>
    public DerCode LocateForWrite(ContainerId id, ulong epoch, out ulong container)
    {
        container = Containers.Find(id);
        if (container == 0)
        {
            return DerCode.ContNonexist;
        }

        if (epoch <= Memory.Read<ContainerDf>(container)->AggregatedEpoch)
        {
            return DerCode.EpochOld;
        }

        Activity.Containers.Note(id, epoch);
        return DerCode.Success;
    }

    /// <summary>Finds a dkey that exists in a view; 0 when it, or its object, does not.</summary>
    public ulong LocateDkey(ulong container, in ObjectTarget target, ref VersionStamp hidden, ref ReadView view)
    {
        ulong found = Objects.Find(container, target.Object);
        if (found == 0 || !IncarnationLog.Exists(Memory, found, ref hidden, ref view))
        {
            return 0;
        }

        ulong root = Memory.Read<ObjectDf>(found)->Dkeys;
        ulong dkey = KeyTree.Find(Memory.Arena, root, target.Object.DkeyOrder, target.Dkey, target.DkeyLength);
        return dkey != 0 && IncarnationLog.Exists(Memory, dkey, ref hidden, ref view) ? dkey : 0;
    }

    /// <summary>Finds an akey that exists in a view, 0 when it does not. The stamp is the newest punch above it, and then its own too.</summary>
    public ulong LocateAkey(ulong dkey, KeyOrder order, byte* akey, int akeyLength, ref VersionStamp hidden, ref ReadView view)
    {
        ulong found = KeyTree.Find(Memory.Arena, Memory.Read<KeyRecordDf>(dkey)->Below, order, akey, akeyLength);
        return found != 0 && IncarnationLog.Exists(Memory, found, ref hidden, ref view) ? found : 0;
    }

    /// <summary>Finds the object for a write, or creates it. DER_NOSPACE.</summary>
    public DerCode MakeObject(ulong container, ObjectId id, ref WriteView write, out ulong found)
    {
        found = Objects.Find(container, id);
        if (found == 0)
        {
            found = Objects.Add(container, id);
            if (found == 0)
            {
                return DerCode.NoSpace;
            }
        }

        NoteWrite(found, write.Stamp.Epoch);
        return Revive(found, container + ContainerDf.ObjectsOffset, ref write);
    }

    /// <summary>Something below an object, or the object itself, is written or punched at an epoch.</summary>
    public void NoteWrite(ulong found, ulong epoch)
    {
        if (Memory.Read<ObjectDf>(found)->NewestWrite < epoch)
        {
            Memory.SetWord(found + ObjectDf.NewestWriteOffset, epoch);
        }
    }

    /// <summary>Finds a dkey or akey for a write, or creates it. DER_NOSPACE.</summary>
    /// <param name="rootWord">Where the root of its tree lies.</param>
    /// <param name="order">Order of that tree.</param>
    /// <param name="key">The key.</param>
    /// <param name="keyLength">Bytes of the key.</param>
    /// <param name="write">Stamp and view of the write.</param>
    /// <param name="found">The key's record.</param>
    public DerCode MakeKey(ulong rootWord, KeyOrder order, byte* key, int keyLength, ref WriteView write, out ulong found)
    {
        found = KeyTree.Find(Memory.Arena, Memory.Word(rootWord), order, key, keyLength);
        if (found == 0)
        {
            found = KeyTree.Add(Memory, rootWord, order, key, keyLength);
            if (found == 0)
            {
                return DerCode.NoSpace;
            }
        }

        return Revive(found, rootWord, ref write);
    }

    // Something that does not exist at this moment, new or punched, gets a creation event; so does what may not exist, depending on how
    // an undecided transaction ends.
    private DerCode Revive(ulong log, ulong treeWord, ref WriteView write) =>
        IncarnationLog.Exists(Memory, log, ref write.Hidden, ref write.View)
            ? DerCode.Success
            : IncarnationLog.Add(Memory, log, treeWord, IncarnationKind.Create, write.Stamp);
}
