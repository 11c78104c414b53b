using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Reclaim;

namespace Daos.Fabric.Store.Aggregation;

/// <summary>
/// Takes extents out of an array, all that were written in a range of epochs and lie in a range of records (DAOS: vos_obj_array_remove), in
/// one transaction: all of them or none. Owned by one xstream.
/// </summary>
internal sealed unsafe class ArrayRemover
{
    private readonly ObjectStore _store;
    private readonly TreeMemory _memory;
    private readonly StepBudget _budget;
    private readonly RecordFreer _freer;
    private readonly List<ulong> _found = [];

    /// <param name="store">Whose arrays.</param>
    public ArrayRemover(ObjectStore store)
    {
        _store = store;
        _memory = store.Memory;
        _budget = new StepBudget(store.Memory.Transaction, store.Shard.Log.TransactionBytesMax);
        _freer = new RecordFreer(store.Memory, store.Shard.DataSpace, _budget);
    }

    /// <summary>See <see cref="StoreShard.RemoveRecords"/>.</summary>
    public DerCode Remove(in ObjectTarget target, KeyBytes akey, in RemovalRange range, out LogPosition position, out int removed)
    {
        position = _store.Shard.AppendedPosition;
        removed = 0;
        DerCode code = Check(in target, akey, in range, out ulong container);
        if (code.IsError)
        {
            return code;
        }

        ulong record = Locate(container, in target, akey);
        if (record == 0)
        {
            return DerCode.Success;
        }

        if (_memory.Read<KeyRecordDf>(record)->Type == AkeyType.Single)
        {
            return DerCode.Invalid;
        }

        _found.Clear();
        code = Find(record, in range);
        if (code.IsError || _found.Count == 0)
        {
            return code;
        }

        code = Take(record, out position);
        if (code.IsSuccess)
        {
            removed = _found.Count;

            // What they covered shows again, and may be put together with its neighbours now.
            _store.Activity.Containers.Reopen(target.Container);
        }

        return code;
    }

    private DerCode Check(in ObjectTarget target, KeyBytes akey, in RemovalRange range, out ulong container)
    {
        container = 0;
        DerCode code = KeyTree.Validate(target.Object.DkeyOrder, target.DkeyLength);
        code = code.IsSuccess ? KeyTree.Validate(target.Object.AkeyOrder, akey.Length) : code;
        if (code.IsError || range.First > range.Last || !ArrayRange.IsValid(range.Index, range.Count, allowsParity: true))
        {
            return code.IsError ? code : DerCode.Invalid;
        }

        container = _store.Containers.Find(target.Container);
        if (container == 0)
        {
            return DerCode.ContNonexist;
        }

        // Up to the aggregated epoch versions are no longer apart: all of them can be taken, or none.
        ulong aggregated = _memory.Read<ContainerDf>(container)->AggregatedEpoch;
        bool isApart = range.First > aggregated || (range.First == 0 && range.Last >= aggregated);
        return isApart ? DerCode.Success : DerCode.EpochOld;
    }

    // Whatever was punched meanwhile: what older epochs show of it is meant too.
    private ulong Locate(ulong container, in ObjectTarget target, KeyBytes akey)
    {
        ulong found = _store.Objects.Find(container, target.Object);
        ulong dkey = found == 0
            ? 0
            : KeyTree.Find(
                _memory.Arena, _memory.Read<ObjectDf>(found)->Dkeys, target.Object.DkeyOrder, target.Dkey, target.DkeyLength);
        return dkey == 0
            ? 0
            : KeyTree.Find(_memory.Arena, _memory.Read<KeyRecordDf>(dkey)->Below, target.Object.AkeyOrder, akey.Address, akey.Length);
    }

    private DerCode Find(ulong akey, in RemovalRange range)
    {
        int visitsLeft = ObjectLimits.RemovalVisitsMax;
        DerCode code = DerCode.Success;
        for (uint classes = ArrayExtents.ClassesOf(_memory, akey); classes != 0 && code.IsSuccess; classes &= classes - 1)
        {
            code = FindInClass(akey, System.Numerics.BitOperations.TrailingZeroCount(classes), in range, ref visitsLeft);
        }

        return code;
    }

    private DerCode FindInClass(ulong akey, int lengthClass, in RemovalRange range, ref int visitsLeft)
    {
        ulong reach = ExtentClassesDf.CountMaxOf(lengthClass) - 1;
        ulong last = range.End - 1;
        Unsafe.SkipInit(out TreeCursor cursor);
        cursor.Reset(_memory.Arena, ArrayExtents.RootOf(_memory, akey, lengthClass));
        bool more = cursor.SeekAtLeast(new ExtentKey(range.Index - Math.Min(range.Index, reach), 0, VersionStamp.Zero));
        for (; more; more = cursor.MoveNext())
        {
            var extent = _memory.Read<ExtentDf>(cursor.Record);
            if (extent->Start > last)
            {
                break;
            }

            if (visitsLeft-- == 0)
            {
                return DerCode.Overflow;
            }

            ulong lastOfExtent = extent->End - 1;
            bool isMeant = lastOfExtent >= range.Index && extent->Epoch >= range.First && extent->Epoch <= range.Last;
            if (!isMeant)
            {
                continue;
            }

            if (extent->Start < range.Index || lastOfExtent > last)
            {
                return DerCode.NoPerm;
            }

            if (extent->Transaction != 0)
            {
                return DerCode.TxBusy;
            }

            _found.Add(cursor.Record);
        }

        return DerCode.Success;
    }

    private DerCode Take(ulong akey, out LogPosition position)
    {
        position = default;
        DerCode code = _store.BeginTransaction(freesSpace: true);
        if (code.IsError)
        {
            return code;
        }

        uint recordBytes = _memory.Read<KeyRecordDf>(akey)->RecordBytes;
        _budget.Begin(int.MaxValue);
        foreach (ulong record in _found)
        {
            if (_budget.IsSpent)
            {
                _store.AbortTransaction();
                return DerCode.Overflow;
            }

            ArrayExtents.Remove(_memory, akey, record);
            _freer.FreeExtent(record, recordBytes);
        }

        return _memory.Transaction.Commit(out position);
    }
}
