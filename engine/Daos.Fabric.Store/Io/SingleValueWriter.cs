using Daos.Fabric.Store.Transactions.Tables;

namespace Daos.Fabric.Store.Io;

/// <summary>Turns a single value of an update into a version. Owned by one xstream.</summary>
internal static unsafe class SingleValueWriter
{
    /// <summary>Writes the version and hangs it on its akey. DER_TX_RESTART, DER_NOSPACE.</summary>
    /// <param name="memory">Arena and transaction.</param>
    /// <param name="akey">Its akey.</param>
    /// <param name="entry">The value.</param>
    /// <param name="runs">Where it lies in the data file; none when it goes to the arena.</param>
    /// <param name="stamp">When.</param>
    public static DerCode Write(TreeMemory memory, ulong akey, in UpdateEntry entry, ReadOnlySpan<DataReferenceDf> runs, VersionStamp stamp)
    {
        ulong record = memory.Transaction.Allocate(
            VersionDf.AllocationBytesOf(entry.Media, entry.Checksum.Type, (uint)entry.ValueBytes, runs.Length));
        if (record == 0)
        {
            return DerCode.NoSpace;
        }

        var version = memory.Read<VersionDf>(record);
        version->Epoch = stamp.Epoch;
        version->Minor = stamp.Minor;
        version->Media = entry.Media;
        version->Integrity = new Integrity(entry.Checksum.Type);
        version->Transaction = memory.Writer.Reference;
        version->ValueBytes = (uint)entry.ValueBytes;
        Unsafe.CopyBlockUnaligned(&version->Checksum, entry.Checksum.Values, (uint)entry.Checksum.Words * sizeof(uint));
        byte* value = (byte*)version + version->ValueOffset;
        if (entry.Media == ValueMedia.Arena)
        {
            Unsafe.CopyBlockUnaligned(value, entry.Source, (uint)entry.ValueBytes);
        }
        else
        {
            runs.CopyTo(new Span<DataReferenceDf>(value, runs.Length));
            ((DataReferenceDf*)value)->Further = (uint)runs.Length - 1;
        }

        memory.Writer.AddValue(RecordKind.Version, record, akey);
        return SingleValues.Add(memory, akey, record);
    }
}
