using System.Numerics;

namespace Daos.Fabric.Store.Arenas;

/// <summary>
/// Block sizes of the arena: every 16 bytes up to 128, then four per power of two up to 64 KiB, so that at most a fifth of a block is
/// lost. Blocks up to 8 KiB come from slabs of 64 KiB, larger ones from slabs of 512 KiB. Pure functions.
/// </summary>
internal static class SizeClasses
{
    internal const int LargestBytes = 64 * 1024;
    internal const int SmallSlabBytes = 64 * 1024;
    internal const int LargeSlabBytes = 512 * 1024;
    internal const int Count = 44;

    private const int SmallBlockBytesMax = 8 * 1024;
    private const int FineBytesMax = 128;
    private const int FineClasses = 8;

    /// <summary>The class whose blocks hold so many bytes; 1 to 64 KiB.</summary>
    internal static int Of(int sizeBytes)
    {
        if (sizeBytes <= FineBytesMax)
        {
            return (sizeBytes - 1) >> 4;
        }

        // With s = size - 1, the two bits below the leading one give the quarter of the power of two.
        uint s = (uint)sizeBytes - 1;
        int log = BitOperations.Log2(s);
        int quarter = (int)(s >> (log - 2)) & 3;
        return FineClasses + ((log - 7) * 4) + quarter;
    }

    /// <summary>Block size of a class in bytes.</summary>
    internal static int BytesOf(int sizeClass)
    {
        if (sizeClass < FineClasses)
        {
            return (sizeClass + 1) << 4;
        }

        int index = sizeClass - FineClasses;
        return (5 + (index & 3)) << (5 + (index >> 2));
    }

    /// <summary>Size and alignment of the slabs that hold blocks of a class.</summary>
    internal static int SlabBytesOf(int sizeClass) => BytesOf(sizeClass) <= SmallBlockBytesMax ? SmallSlabBytes : LargeSlabBytes;

    /// <summary>Blocks in one slab of a class.</summary>
    internal static uint CapacityOf(int sizeClass) =>
        (uint)((SlabBytesOf(sizeClass) - SlabHeaderDf.SizeBytes) / BytesOf(sizeClass));
}
