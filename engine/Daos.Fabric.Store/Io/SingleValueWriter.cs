namespace Daos.Fabric.Store.Io;

/// <summary>Turns a single value of an update into a version. Owned by one xstream.</summary>
internal static unsafe class SingleValueWriter
{
    /// <summary>Writes the version and hangs it on its akey. DER_TX_RESTART, DER_NOSPACE.</summary>
    public static DerCode Write(TreeMemory memory, ulong akey, in UpdateEntry entry, VersionStamp stamp)
    {
        ulong record = memory.Transaction.Allocate(VersionDf.AllocationBytesOf(entry.Media, (uint)entry.ValueBytes));
        if (record == 0)
        {
            return DerCode.NoSpace;
        }

        var version = memory.Read<VersionDf>(record);
        version->Epoch = stamp.Epoch;
        version->Minor = stamp.Minor;
        version->Media = entry.Media;
        version->ChecksumType = entry.Checksum.Type;
        version->ValueBytes = (uint)entry.ValueBytes;
        version->Checksum = entry.Checksum.Type == ChecksumType.None ? 0 : Unsafe.ReadUnaligned<uint>(entry.Checksum.Values);
        if (entry.Media == ValueMedia.Arena)
        {
            Unsafe.CopyBlockUnaligned(version + 1, entry.Source, (uint)entry.ValueBytes);
        }
        else
        {
            *(DataReferenceDf*)(version + 1) = new DataReferenceDf { Block = entry.Extent.Block, Blocks = entry.Extent.Blocks };
        }

        return SingleValues.Add(memory, akey, record);
    }
}
