using Daos.Fabric.Store.Transactions.Tables;

namespace Daos.Fabric.Store.Io;

/// <summary>Turns a range of an update into an extent. Owned by one xstream.</summary>
internal static unsafe class ExtentWriter
{
    /// <summary>Writes the extent and puts it into the array's index. DER_TX_RESTART, DER_NOSPACE.</summary>
    public static DerCode Write(TreeMemory memory, ulong akey, in UpdateEntry entry, VersionStamp stamp)
    {
        uint words = (uint)entry.Checksum.Words;
        ulong record = memory.Transaction.Allocate(ExtentDf.AllocationBytes(entry.Media, words, entry.ValueBytes));
        if (record == 0)
        {
            return DerCode.NoSpace;
        }

        var extent = memory.Read<ExtentDf>(record);
        extent->Epoch = stamp.Epoch;
        extent->Minor = stamp.Minor;
        extent->Media = entry.Media;
        extent->Integrity = new Integrity(entry.Checksum.Type);
        extent->Transaction = memory.Writer.Reference;
        extent->Start = entry.Start;
        extent->Count = entry.Count;
        extent->ChunkBytes = entry.Checksum.ChunkBytes;
        extent->ChecksumWords = words;
        Unsafe.CopyBlockUnaligned(extent + 1, entry.Checksum.Values, words * sizeof(uint));
        if (entry.Media == ValueMedia.Data)
        {
            extent->Data = new DataReferenceDf { Block = entry.Extent.Block, Blocks = entry.Extent.Blocks };
        }
        else if (entry.Media == ValueMedia.Arena)
        {
            Unsafe.CopyBlockUnaligned((byte*)extent + extent->InlineOffset, entry.Source, (uint)entry.ValueBytes);
        }

        memory.Writer.AddValue(RecordKind.Extent, record, akey);
        return ArrayExtents.Add(memory, akey, record);
    }
}
