namespace Daos.Fabric.Store.Trees;

/// <summary>
/// An extent in the index of its array: by first record, then number of records, then newest first. Versions of the very same range
/// stand together, so that a scan takes the newest and skips the others.
/// </summary>
internal readonly unsafe struct ExtentKey(ulong start, ulong count, VersionStamp stamp) : ITreeKey
{
    /// <inheritdoc/>
    public ulong Prefix => start;

    /// <inheritdoc/>
    public int CompareTie(Arena arena, ulong record)
    {
        var extent = arena.At<ExtentDf>(record);
        int byCount = count.CompareTo(extent->Count);
        return byCount != 0 ? byCount : extent->Stamp.CompareTo(stamp);
    }

    /// <inheritdoc/>
    public static ulong PrefixOf(Arena arena, ulong record) => arena.At<ExtentDf>(record)->Start;
}
