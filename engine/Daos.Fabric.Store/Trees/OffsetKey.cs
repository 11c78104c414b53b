namespace Daos.Fabric.Store.Trees;

/// <summary>A record ordered by where it lies: sets of records.</summary>
internal readonly struct OffsetKey(ulong offset) : ITreeKey
{
    /// <inheritdoc/>
    public ulong Prefix => offset;

    /// <inheritdoc/>
    public int CompareTie(Arena arena, ulong record) => 0;

    /// <inheritdoc/>
    public static ulong PrefixOf(Arena arena, ulong record) => record;
}
