using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store.Reclaim;

/// <summary>Gives records back, with the data extents that they name, in the transaction under way. Owned by one xstream.</summary>
internal sealed unsafe class RecordFreer(TreeMemory memory, DataSpace dataSpace, StepBudget budget)
{
    /// <summary>Arena and transaction.</summary>
    public TreeMemory Memory => memory;

    /// <summary>Records freed since the shard was opened.</summary>
    public long FreedCount { get; private set; }

    /// <summary>Frees a version of a single value.</summary>
    public void FreeVersion(ulong record)
    {
        foreach (ref readonly DataReferenceDf run in DataRuns.Of(memory.Arena, record))
        {
            FreeData(run);
        }

        Free(record, DataRuns.AllocationBytesOf(memory.Arena, record));
    }

    /// <summary>Frees an extent of an array whose records have this size.</summary>
    public void FreeExtent(ulong record, uint recordBytes)
    {
        var extent = memory.Read<ExtentDf>(record);
        if (extent->Media == ValueMedia.Data)
        {
            FreeData(extent->Data);
        }

        long dataBytes = extent->Media == ValueMedia.Arena ? (long)extent->Count * recordBytes : 0;
        Free(record, ExtentDf.AllocationBytes(extent->Media, extent->ChecksumWords, dataBytes));
    }

    /// <summary>Frees an event of an incarnation log.</summary>
    public void FreeEvent(ulong record) => Free(record, IncarnationEventDf.SizeBytes);

    /// <summary>Frees a snapshot.</summary>
    public void FreeSnapshot(ulong record) => Free(record, SnapshotDf.SizeBytes);

    /// <summary>Frees a dkey or akey that holds nothing any more.</summary>
    public void FreeKey(ulong record)
    {
        var key = memory.Read<KeyRecordDf>(record);
        Invariant.Check(key->Below == 0);
        Invariant.Check(key->History == 0);
        Invariant.Check(key->Incarnation.Older == 0);
        Free(record, KeyRecordDf.AllocationBytes(key->KeyLength));
    }

    private void FreeData(DataReferenceDf data) => dataSpace.Free(memory.Transaction, data.Extent);

    private void Free(ulong record, int bytes)
    {
        memory.Transaction.Free(record, bytes);
        budget.CountFree();
        FreedCount++;
    }
}
