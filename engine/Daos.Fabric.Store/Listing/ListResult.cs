namespace Daos.Fabric.Store.Listing;

/// <summary>What one call of a listing brought. A value.</summary>
public readonly record struct ListResult
{
    /// <summary>Entries written.</summary>
    public int Count { get; init; }

    /// <summary>Bytes written; with DER_KEY2BIG the bytes that the next entry needs.</summary>
    public int Bytes { get; init; }

    /// <summary>Size of an array record, in listings of extents.</summary>
    public uint RecordBytes { get; init; }

    /// <summary>The answer must not leave before this position is stable.</summary>
    public LogPosition DependsOn { get; init; }
}
