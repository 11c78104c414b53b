namespace Daos.Fabric.Store.Trees;

/// <summary>
/// The objects of the containers, with a small cache in front, because operations come in runs on few objects. Owned by one xstream.
/// </summary>
internal sealed unsafe class ObjectIndex(TreeMemory memory)
{
    private const int CacheEntries = 1024;

    private readonly Entry[] _cache = new Entry[CacheEntries];

    /// <summary>The object's record, or 0.</summary>
    public ulong Find(ulong container, ObjectId id)
    {
        ref Entry entry = ref Slot(container, id);
        if (entry.Record != 0 && entry.Low == id.Low && entry.High == id.High && entry.Container == container)
        {
            return entry.Record;
        }

        ulong record = BTree.Find(memory.Arena, memory.Read<ContainerDf>(container)->Objects, new ObjectKey(id));
        if (record != 0)
        {
            entry = new Entry { Low = id.Low, High = id.High, Container = container, Record = record };
        }

        return record;
    }

    /// <summary>Adds an object that is not there; 0 when the arena is full.</summary>
    public ulong Add(ulong container, ObjectId id)
    {
        ulong record = memory.Transaction.Allocate(ObjectDf.SizeBytes);
        if (record == 0)
        {
            return 0;
        }

        var created = memory.Read<ObjectDf>(record);
        created->IdLow = id.Low;
        created->IdHigh = id.High;
        DerCode code = BTree.Insert(memory, container + ContainerDf.ObjectsOffset, new ObjectKey(id), record);
        Invariant.Check(code != DerCode.Exists);
        return code.IsSuccess ? record : 0;
    }

    /// <summary>Takes an object out and frees its record, which must hold no dkey.</summary>
    public void Remove(ulong container, ulong record)
    {
        var old = memory.Read<ObjectDf>(record);
        Invariant.Check(old->Dkeys == 0);
        Invariant.Check(BTree.Remove(memory, container + ContainerDf.ObjectsOffset, new ObjectKey(old->Id)) == record);
        Slot(container, old->Id) = default;
        memory.Transaction.Free(record, ObjectDf.SizeBytes);
    }

    /// <summary>Drops the cache: after an abort and when containers go.</summary>
    public void Forget() => Array.Clear(_cache);

    private ref Entry Slot(ulong container, ObjectId id) =>
        ref _cache[(int)(KeyHash.Compute(id.Low ^ container, id.High) >> 54)];

    private struct Entry
    {
        public ulong Low;
        public ulong High;
        public ulong Container;
        public ulong Record;
    }
}
