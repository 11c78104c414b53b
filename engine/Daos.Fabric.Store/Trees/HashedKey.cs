namespace Daos.Fabric.Store.Trees;

/// <summary>A dkey or akey in hash order; keys with equal hashes are ordered by length and bytes. The key's bytes are borrowed.</summary>
internal readonly unsafe struct HashedKey(byte* key, int keyLength) : ITreeKey
{
    /// <inheritdoc/>
    public static bool IsEven => true;

    /// <inheritdoc/>
    public ulong Prefix { get; } = KeyHash.Compute(new ReadOnlySpan<byte>(key, keyLength));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int CompareTie(Arena arena, ulong record)
    {
        ReadOnlySpan<byte> stored = KeyRecordDf.Key(arena, record);
        return keyLength != stored.Length
            ? keyLength.CompareTo(stored.Length)
            : new ReadOnlySpan<byte>(key, keyLength).SequenceCompareTo(stored);
    }

    /// <inheritdoc/>
    public static ulong PrefixOf(Arena arena, ulong record) => KeyHash.Compute(KeyRecordDf.Key(arena, record));
}
