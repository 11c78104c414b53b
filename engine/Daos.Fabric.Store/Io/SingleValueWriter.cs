using Daos.Fabric.Store.Transactions.Tables;

namespace Daos.Fabric.Store.Io;

/// <summary>Turns a single value of an update into a version. Owned by one xstream.</summary>
internal static unsafe class SingleValueWriter
{
    /// <summary>Writes the version and hangs it on its akey. DER_TX_RESTART, DER_NOSPACE.</summary>
    public static DerCode Write(TreeMemory memory, ulong akey, in UpdateEntry entry, VersionStamp stamp)
    {
        ulong record = memory.Transaction.Allocate(VersionDf.AllocationBytesOf(entry.Media, entry.Checksum.Type, (uint)entry.ValueBytes));
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
            *(DataReferenceDf*)value = new DataReferenceDf { Block = entry.Extent.Block, Blocks = entry.Extent.Blocks };
        }

        memory.Writer.AddValue(RecordKind.Version, record, akey);
        return SingleValues.Add(memory, akey, record);
    }
}
