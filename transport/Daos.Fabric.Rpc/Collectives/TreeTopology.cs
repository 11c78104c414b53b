namespace Daos.Fabric.Rpc.Collectives;

/// <summary>
/// A shape and its ratio, and who is whose child in it: pure functions of size, root and position. Positions count from 0 in the
/// ascending order of the ranks that take part. Immutable; any thread.
/// </summary>
public readonly record struct TreeTopology
{
    /// <summary>Smallest ratio (CRT_TREE_MIN_RATIO).</summary>
    public const int RatioMin = 2;

    /// <summary>Largest ratio (CRT_TREE_MAX_RATIO).</summary>
    public const int RatioMax = 64;

    /// <param name="kind">The shape.</param>
    /// <param name="ratio">Not used by <see cref="TreeKind.Flat"/>, which keeps 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A shape or ratio that does not exist.</exception>
    public TreeTopology(TreeKind kind, int ratio = 0)
    {
        if (!IsValid(kind, ratio))
        {
            throw new ArgumentOutOfRangeException(nameof(ratio), ratio, $"{kind}: flat has ratio 0, the others {RatioMin} to {RatioMax}");
        }

        Kind = kind;
        Ratio = ratio;
    }

    /// <summary>What DAOS uses for most collectives.</summary>
    public static TreeTopology Default => new(TreeKind.Knomial, 4);

    /// <summary>The shape.</summary>
    public TreeKind Kind { get; }

    /// <summary>Children or base of the numbers.</summary>
    public int Ratio { get; }

    /// <summary>The 32 bits that travel: shape in the high half, ratio in the low one.</summary>
    public uint Value => ((uint)Kind << 16) | (uint)Ratio;

    /// <summary>Reads what travelled; false when there is no such shape or ratio.</summary>
    public static bool TryRead(uint value, out TreeTopology topology)
    {
        var kind = (TreeKind)(value >> 16);
        int ratio = (ushort)value;
        bool isValid = IsValid(kind, ratio);
        topology = isValid ? new TreeTopology(kind, ratio) : default;
        return isValid;
    }

    /// <summary>Appends the positions of the children of a position.</summary>
    /// <param name="size">Positions in the tree.</param>
    /// <param name="root">The root's position.</param>
    /// <param name="self">Whose children.</param>
    /// <param name="children">Filled from its start; as long as <paramref name="size"/> is always enough.</param>
    /// <returns>How many children.</returns>
    public int GetChildren(int size, int root, int self, Span<int> children)
    {
        int turned = Turn(size, root, self);
        int count = Kind switch
        {
            TreeKind.Flat => FlatChildren(size, turned, children),
            TreeKind.Kary => KaryChildren(size, turned, children),
            _ => KnomialChildren(size, turned, children),
        };
        foreach (ref int child in children[..count])
        {
            child = (child + root) % size;
        }

        return count;
    }

    /// <summary>The position of the parent; negative for the root.</summary>
    public int GetParent(int size, int root, int self)
    {
        int turned = Turn(size, root, self);
        if (turned == 0)
        {
            return -1;
        }

        int parent = Kind switch
        {
            TreeKind.Flat => 0,
            TreeKind.Kary => (turned - 1) / Ratio,
            _ => turned - (turned % NextPower(turned)),
        };
        return (parent + root) % size;
    }

    private static bool IsValid(TreeKind kind, int ratio) => kind switch
    {
        TreeKind.Flat => ratio == 0,
        TreeKind.Kary or TreeKind.Knomial => ratio is >= RatioMin and <= RatioMax,
        _ => false,
    };

    // The tree is computed as if the root were first.
    private static int Turn(int size, int root, int self)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)root, (uint)size, nameof(root));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)self, (uint)size, nameof(self));
        return (self - root + size) % size;
    }

    private static int FlatChildren(int size, int self, Span<int> children)
    {
        if (self != 0)
        {
            return 0;
        }

        for (int i = 1; i < size; i++)
        {
            children[i - 1] = i;
        }

        return size - 1;
    }

    private int KaryChildren(int size, int self, Span<int> children)
    {
        int count = 0;
        for (long child = ((long)self * Ratio) + 1; child < size && count < Ratio; child++)
        {
            children[count++] = (int)child;
        }

        return count;
    }

    // A position as a number to the base of the ratio: its parent has the lowest digit that is not 0 set to 0; so a position's children
    // differ from it in one of the digits below its own lowest one.
    private int KnomialChildren(int size, int self, Span<int> children)
    {
        int count = 0;
        for (long power = 1; power < size && (self == 0 || self % (power * Ratio) == 0); power *= Ratio)
        {
            for (int digit = 1; digit < Ratio && self + (digit * power) < size; digit++)
            {
                children[count++] = (int)(self + (digit * power));
            }
        }

        return count;
    }

    // The power of the ratio above the lowest digit that is not 0.
    private int NextPower(int self)
    {
        long power = Ratio;
        while (self % power == 0)
        {
            power *= Ratio;
        }

        return (int)Math.Min(power, int.MaxValue);
    }
}
