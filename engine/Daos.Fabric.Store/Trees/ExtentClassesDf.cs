namespace Daos.Fabric.Store.Trees;

/// <summary>
/// The index of an array with more than one extent: one tree per class of lengths, each ordered by first record. Owned by one xstream.
/// </summary>
/// <remarks>
/// <code>
///  0            4          8
/// | classes    | reserved | root of class 0 u64 | root of class 1 | ... | root of class 30 |
/// </code>
/// Class c holds extents of more than 4^(c-1) and at most 4^c records (class 0: one record, class 30: everything above 4^29); bit c of
/// classes says that its tree is not empty. Whatever overlaps record r in class c starts in (r - 4^c, r], so a look-up scans little more than what it returns, and one
/// huge extent or punch does not slow the search for small ones.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal unsafe struct ExtentClassesDf
{
    /// <summary>Number of classes: the last takes what is longer than any data, such as a punch up to the end.</summary>
    public const int ClassesMax = 31;

    /// <summary>Bytes of the record.</summary>
    public const int SizeBytes = 8 + (ClassesMax * sizeof(ulong));

    /// <summary>Offset of the first root.</summary>
    public const int RootsOffset = 8;

    /// <summary>One bit per class with extents.</summary>
    [FieldOffset(0)]
    public uint Classes;

    [FieldOffset(4)]
    private readonly uint _reserved;

    /// <summary>Roots of the trees.</summary>
    [FieldOffset(RootsOffset)]
    public fixed ulong Roots[ClassesMax];

    /// <summary>The class of a length.</summary>
    public static int ClassOf(ulong count)
    {
        // Bits of count - 1, halved and rounded up: 1 -> 0, 2..4 -> 1, 5..16 -> 2.
        int bits = 64 - System.Numerics.BitOperations.LeadingZeroCount(count - 1);
        return Math.Min((bits + 1) / 2, ClassesMax - 1);
    }

    /// <summary>The longest extent of a class.</summary>
    public static ulong CountMaxOf(int lengthClass) => lengthClass == ClassesMax - 1 ? 1UL << 63 : 1UL << (2 * lengthClass);

    /// <summary>Where the root of a class lies.</summary>
    public static ulong RootOffset(ulong record, int lengthClass) => record + RootsOffset + ((ulong)lengthClass * sizeof(ulong));
}
