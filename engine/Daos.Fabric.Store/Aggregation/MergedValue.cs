using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store.Aggregation;

/// <summary>What the new extent of a merge holds. Borrowed memory.</summary>
internal readonly unsafe struct MergedValue
{
    /// <summary>Where the bytes lie in the data file; no blocks when they go to the arena.</summary>
    public DataExtent Data { get; init; }

    /// <summary>The bytes.</summary>
    public byte* Bytes { get; init; }

    /// <summary>Their checksums.</summary>
    public uint* Checksums { get; init; }

    /// <summary>Words of those.</summary>
    public int ChecksumWords { get; init; }
}
