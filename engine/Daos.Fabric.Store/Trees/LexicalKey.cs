using System.Buffers.Binary;

namespace Daos.Fabric.Store.Trees;

/// <summary>A dkey or akey in byte order. The key's bytes are borrowed.</summary>
internal readonly unsafe struct LexicalKey(byte* key, int keyLength) : ITreeKey
{
    /// <inheritdoc/>
    public ulong Prefix { get; } = PrefixOf(new ReadOnlySpan<byte>(key, keyLength));

    /// <inheritdoc/>
    public int CompareTie(Arena arena, ulong record) =>
        new ReadOnlySpan<byte>(key, keyLength).SequenceCompareTo(KeyRecordDf.Key(arena, record));

    /// <inheritdoc/>
    public static ulong PrefixOf(Arena arena, ulong record) => PrefixOf(KeyRecordDf.Key(arena, record));

    // The first eight bytes as a big-endian number; shorter keys are filled with zeros, which the tie tells from real ones.
    private static ulong PrefixOf(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length >= 8)
        {
            return BinaryPrimitives.ReadUInt64BigEndian(bytes);
        }

        ulong value = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            value |= (ulong)bytes[i] << (56 - (8 * i));
        }

        return value;
    }
}
