namespace Daos.Fabric.Store.Trees;

/// <summary>
/// The 64-bit hash that orders hashed keys. Part of the durable format: a golden test pins it. It need not resist attackers, equal
/// hashes are told apart by the key itself at no more than the tree's depth. Pure functions.
/// </summary>
internal static class KeyHash
{
    private const ulong Seed0 = 0x9E3779B97F4A7C15;
    private const ulong Seed1 = 0xBF58476D1CE4E5B9;
    private const ulong Seed2 = 0x94D049BB133111EB;

    /// <summary>Hash of a key of any length.</summary>
    public static ulong Compute(ReadOnlySpan<byte> key)
    {
        ulong state = Seed0 ^ (ulong)key.Length;
        ReadOnlySpan<byte> rest = key;
        while (rest.Length > 16)
        {
            state = Fold(MemoryMarshal.Read<ulong>(rest) ^ Seed1, MemoryMarshal.Read<ulong>(rest[8..]) ^ state);
            rest = rest[16..];
        }

        ulong low;
        ulong high;
        if (rest.Length >= 8)
        {
            // The two words overlap when fewer than 16 bytes are left; the length in the state tells such keys apart.
            low = MemoryMarshal.Read<ulong>(rest);
            high = MemoryMarshal.Read<ulong>(rest[^8..]);
        }
        else
        {
            low = Partial(rest);
            high = 0;
        }

        return Fold(Fold(low ^ Seed1, high ^ state), Seed2 ^ (ulong)key.Length);
    }

    /// <summary>Hash of two words, for identities of 128 bits.</summary>
    public static ulong Compute(ulong low, ulong high) => Fold(Fold(low ^ Seed1, high ^ Seed0), Seed2);

    private static ulong Partial(ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            value |= (ulong)bytes[i] << (8 * i);
        }

        return value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fold(ulong a, ulong b)
    {
        ulong high = Math.BigMul(a, b, out ulong low);
        return high ^ low;
    }
}
