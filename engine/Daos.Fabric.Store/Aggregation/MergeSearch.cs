namespace Daos.Fabric.Store.Aggregation;

/// <summary>What a search for extents to put together found.</summary>
internal enum MergeSearch
{
    /// <summary>Nothing more in this array.</summary>
    None,

    /// <summary>A run of records: see <see cref="MergeScan.Run"/>.</summary>
    Found,

    /// <summary>The budget ended first.</summary>
    Unfinished,
}
