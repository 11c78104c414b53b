namespace Daos.Fabric.Store.Checksums;

/// <summary>
/// The checksums that come with a value: one over a single value, or one per chunk of an extent, chunks lying at multiples of
/// <see cref="ChunkBytes"/> counted from record 0 of the array. The values are borrowed until the plan is freed.
/// </summary>
public readonly unsafe struct ChecksumInfo
{
    /// <summary>No checksums.</summary>
    public static ChecksumInfo None => default;

    /// <summary>How they are computed.</summary>
    public ChecksumType Type { get; init; }

    /// <summary>Bytes that each covers; 0 for a single value.</summary>
    public uint ChunkBytes { get; init; }

    /// <summary>The checksums, each of <see cref="ChecksumTypes.Words"/>, in native memory; unaligned is fine.</summary>
    public uint* Values { get; init; }

    /// <summary>How many.</summary>
    public int Count { get; init; }

    /// <summary>Words of all of them.</summary>
    internal int Words => Count * ChecksumTypes.Words(Type);
}
