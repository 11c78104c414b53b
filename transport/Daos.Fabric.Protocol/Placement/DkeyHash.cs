using System.Buffers.Binary;

namespace Daos.Fabric.Protocol.Placement;

/// <summary>The hash of a dkey that placement works with: MurmurHash64A, as in DAOS; integer dkeys are their own. Pure.</summary>
public static class DkeyHash
{
    private const ulong Seed = 5731;
    private const ulong Multiplier = 0xC6A4A7935BD1E995;
    private const int Shift = 47;

    /// <summary>Hashes a dkey of an object.</summary>
    public static ulong Compute(ObjectId objectId, ReadOnlySpan<byte> dkey) =>
        objectId.DkeyOrder == KeyOrder.Integer && dkey.Length == sizeof(ulong) ? BinaryPrimitives.ReadUInt64LittleEndian(dkey) : Murmur(dkey);

    private static ulong Murmur(ReadOnlySpan<byte> data)
    {
        ulong hash = Seed ^ unchecked((ulong)data.Length * Multiplier);
        while (data.Length >= sizeof(ulong))
        {
            ulong word = unchecked(BinaryPrimitives.ReadUInt64LittleEndian(data) * Multiplier);
            word ^= word >> Shift;
            hash = unchecked((hash ^ (word * Multiplier)) * Multiplier);
            data = data[sizeof(ulong)..];
        }

        if (data.Length > 0)
        {
            ulong rest = 0;
            for (int i = 0; i < data.Length; i++)
            {
                rest |= (ulong)data[i] << (8 * i);
            }

            hash = unchecked((hash ^ rest) * Multiplier);
        }

        hash ^= hash >> Shift;
        hash = unchecked(hash * Multiplier);
        return hash ^ (hash >> Shift);
    }
}
