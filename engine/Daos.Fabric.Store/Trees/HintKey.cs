namespace Daos.Fabric.Store.Trees;

/// <summary>
/// The first 64 bits of a key and nothing else, for a look that may be wrong: any record with this prefix is taken for the key's.
/// </summary>
internal readonly struct HintKey(ulong prefix) : ITreeKey
{
    /// <inheritdoc/>
    public ulong Prefix => prefix;

    /// <inheritdoc/>
    public int CompareTie(Arena arena, ulong record) => 0;

    /// <inheritdoc/>
    public static ulong PrefixOf(Arena arena, ulong record) => PrefixKey.PrefixOf(arena, record);
}
