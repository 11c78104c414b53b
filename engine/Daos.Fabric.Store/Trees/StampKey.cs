namespace Daos.Fabric.Store.Trees;

/// <summary>
/// A version of a single value or an event of an incarnation log, oldest first: what is appended goes to the end, and the newest is
/// found at the last entry. Both records start with epoch u64 and minor epoch u16.
/// </summary>
internal readonly unsafe struct StampKey(VersionStamp stamp) : ITreeKey
{
    /// <inheritdoc/>
    public ulong Prefix => stamp.Epoch;

    /// <inheritdoc/>
    public int CompareTie(Arena arena, ulong record) => stamp.Minor.CompareTo(arena.At<IncarnationEventDf>(record)->Minor);

    /// <inheritdoc/>
    public static ulong PrefixOf(Arena arena, ulong record) => arena.At<IncarnationEventDf>(record)->Epoch;
}
