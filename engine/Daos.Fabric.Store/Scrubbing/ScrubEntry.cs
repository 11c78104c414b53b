using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store.Scrubbing;

/// <summary>
/// A stored value as the walk found it: a copy, since the record may change or go before its bytes have been read. Two that are equal are
/// the same value with the same bytes.
/// </summary>
/// <param name="Record">Offset of its record.</param>
/// <param name="IsArray">An extent of an array; else a version of a single value.</param>
/// <param name="Stamp">When it was written.</param>
/// <param name="Media">Where its bytes lie.</param>
/// <param name="Data">Where in the data file; of a scattered value the first run.</param>
/// <param name="Bytes">How many.</param>
/// <param name="FirstByte">Where the first lies in its array.</param>
/// <param name="Type">Kind of its checksums.</param>
/// <param name="IsMarked">Known to be corrupted.</param>
internal readonly unsafe record struct ScrubEntry(
    ulong Record, bool IsArray, VersionStamp Stamp, ValueMedia Media, DataExtent Data, long Bytes, ulong FirstByte, ChecksumType Type, bool IsMarked)
{
    /// <summary>True when there is something to compare that is not known to be damaged.</summary>
    public bool IsToBeChecked => Media != ValueMedia.Hole && Type != ChecksumType.None && !IsMarked;

    /// <summary>A version of a single value.</summary>
    public static ScrubEntry OfVersion(TreeMemory memory, ulong record)
    {
        var version = memory.Read<VersionDf>(record);
        DataExtent data = version->Media == ValueMedia.Data
            ? memory.Read<DataReferenceDf>(record + (ulong)version->ValueOffset)->Extent
            : default;
        return new ScrubEntry(
            record,
            false,
            version->Stamp,
            version->Media,
            data,
            version->ValueBytes,
            0,
            version->Integrity.Type,
            version->Integrity.IsCorrupted);
    }

    /// <summary>An extent of an array whose records have this size.</summary>
    public static ScrubEntry OfExtent(TreeMemory memory, ulong record, uint recordBytes)
    {
        var extent = memory.Read<ExtentDf>(record);
        bool isHole = extent->Media == ValueMedia.Hole;
        DataExtent data = extent->Media == ValueMedia.Data ? extent->Data.Extent : default;
        return new ScrubEntry(
            record,
            true,
            extent->Stamp,
            extent->Media,
            data,
            isHole ? 0 : (long)extent->Count * recordBytes,
            ArrayRange.Position(extent->Start) * recordBytes,
            extent->Integrity.Type,
            extent->Integrity.IsCorrupted);
    }

    /// <summary>Where a byte of the value lies in the data file, and how many follow it there. The value is still there.</summary>
    public long Locate(TreeMemory memory, long at, out long left)
    {
        left = Bytes - at;
        return IsArray ? Data.OffsetBytes + at : DataRuns.Locate(DataRuns.Of(memory.Arena, Record), at, out left);
    }
}
