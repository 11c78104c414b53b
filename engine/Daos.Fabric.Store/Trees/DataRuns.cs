using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store.Trees;

/// <summary>
/// The runs of blocks that hold a value, in the order of its bytes; all but the last are full. Usually one; a large single value that fits
/// no single run is scattered over several (DAOS: gang address). Pure functions.
/// </summary>
internal static unsafe class DataRuns
{
    /// <summary>Those of a version, where they stand in the arena; none when its value lies in the arena too.</summary>
    public static ReadOnlySpan<DataReferenceDf> Of(Arena arena, ulong version)
    {
        var head = arena.At<VersionDf>(version);
        if (head->Media != ValueMedia.Data)
        {
            return [];
        }

        ulong offset = version + (ulong)head->ValueOffset;
        uint further = arena.At<DataReferenceDf>(offset)->Further;
        Invariant.Check(further < ObjectLimits.RunsPerValueMax);
        return new ReadOnlySpan<DataReferenceDf>(arena.At(offset, (1 + further) * DataReferenceDf.SizeBytes), 1 + (int)further);
    }

    /// <summary>Size of a version's allocation.</summary>
    public static int AllocationBytesOf(Arena arena, ulong version)
    {
        VersionDf head = *arena.At<VersionDf>(version);
        return VersionDf.AllocationBytesOf(head.Media, head.Integrity.Type, head.ValueBytes, Of(arena, version).Length);
    }

    /// <summary>Where a byte of the value lies in the data file; all runs together have it.</summary>
    /// <param name="runs">The value's.</param>
    /// <param name="at">The byte.</param>
    /// <param name="left">Bytes from there to the end of its run.</param>
    public static long Locate(ReadOnlySpan<DataReferenceDf> runs, long at, out long left)
    {
        long start = 0;
        foreach (ref readonly DataReferenceDf run in runs)
        {
            DataExtent extent = run.Extent;
            if (at < start + extent.LengthBytes)
            {
                left = start + extent.LengthBytes - at;
                return extent.OffsetBytes + at - start;
            }

            start += extent.LengthBytes;
        }

        Invariant.Check(false);
        left = 0;
        return 0;
    }
}
