namespace Daos.Fabric.Store.Trees;

/// <summary>
/// Stands before every key with a given prefix, in trees of any key order: where a listing goes on when the key it stopped at is gone.
/// </summary>
internal readonly unsafe struct PrefixKey(ulong prefix) : ITreeKey
{
    /// <inheritdoc/>
    public ulong Prefix => prefix;

    /// <inheritdoc/>
    public int CompareTie(Arena arena, ulong record) => -1;

    /// <inheritdoc/>
    public static ulong PrefixOf(Arena arena, ulong record)
    {
        int length = KeyRecordDf.Key(arena, record).Length;
        byte* key = arena.At(record + KeyRecordDf.SizeBytes, length);
        return arena.At<KeyRecordDf>(record)->Order switch
        {
            KeyOrder.Integer => *(ulong*)key,
            KeyOrder.Lexical => new LexicalKey(key, length).Prefix,
            _ => new HashedKey(key, length).Prefix,
        };
    }
}
