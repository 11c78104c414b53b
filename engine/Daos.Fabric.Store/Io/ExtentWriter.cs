using Daos.Fabric.Store.Transactions.Tables;

namespace Daos.Fabric.Store.Io;

/// <summary>Turns a range of an update into an extent. Owned by one xstream.</summary>
internal static unsafe class ExtentWriter
{
    /// <summary>Writes the extent and puts it into the array's index. DER_TX_RESTART, DER_NOSPACE.</summary>
    /// <param name="memory">Arena and transaction.</param>
    /// <param name="akey">Its akey.</param>
    /// <param name="entry">The range.</param>
    /// <param name="runs">The one run where it lies in the data file; none for a hole and when it goes to the arena.</param>
    /// <param name="stamp">When.</param>
    public static DerCode Write(TreeMemory memory, ulong akey, in UpdateEntry entry, ReadOnlySpan<DataReferenceDf> runs, VersionStamp stamp)
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
        extent->Chunks = new ExtentChunks(entry.Checksum.Type == ChecksumType.None ? 0 : entry.Checksum.ChunkBytes);
        extent->ChecksumWords = words;
        Unsafe.CopyBlockUnaligned(extent + 1, entry.Checksum.Values, words * sizeof(uint));
        if (entry.Media == ValueMedia.Data)
        {
            extent->Data = runs[0];
        }
        else if (entry.Media == ValueMedia.Arena)
        {
            Unsafe.CopyBlockUnaligned((byte*)extent + extent->InlineOffset, entry.Source, (uint)entry.ValueBytes);
        }

        memory.Writer.AddValue(RecordKind.Extent, record, akey);
        return ArrayExtents.Add(memory, akey, record);
    }
}
