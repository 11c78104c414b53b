using System.Runtime.Intrinsics.X86;

namespace Daos.Fabric.Store.Trees;

/// <summary>
/// B+trees in the arena: look-up and the search inside a node. A tree is the word that holds its root (<see cref="TreeNodeDf"/>), so
/// that records carry their trees. Synchronous; owned by one xstream.
/// </summary>
internal static unsafe partial class BTree
{
    private const int CacheLineBytes = 64;

    /// <summary>Marks a root word that is a single record.</summary>
    public const ulong InlineTag = 1;

    /// <summary>The record with this key, or 0.</summary>
    public static ulong Find<TKey>(Arena arena, ulong root, in TKey key)
        where TKey : struct, ITreeKey
    {
        if ((root & InlineTag) != 0)
        {
            ulong record = root & ~InlineTag;
            return TKey.PrefixOf(arena, record) == key.Prefix && key.CompareTie(arena, record) == 0 ? record : 0;
        }

        if (TKey.IsEven)
        {
            return FindEven(arena, root, in key);
        }

        for (int depth = 0; root != 0; depth++)
        {
            Invariant.Check(depth < TreePath.DepthMax);
            TreeNodeDf* node = TreeNodeDf.Load(arena, root);
            if (node->Level == 0)
            {
                int index = LeafLowerBound(arena, node, in key, out bool found);
                return found ? TreeNodeDf.Leaves(node)[index].Record : 0;
            }

            root = TreeNodeDf.Branches(node)[BranchIndex(arena, node, in key)].Child;
            Prefetch(arena, root);
        }

        return 0;
    }

    /// <summary>Asks for one line.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void PrefetchLine(Arena arena, ulong offset)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(arena.Base + offset);
        }
    }

    /// <summary>Asks for the first lines of a record; 0 asks for the arena's own, which is harmless.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void PrefetchRecord(Arena arena, ulong record)
    {
        if (Sse.IsSupported)
        {
            // A record of two lines at most may lie across them: values of 64 bytes do.
            byte* address = arena.Base + record;
            Sse.Prefetch0(address);
            Sse.Prefetch0(address + CacheLineBytes);
        }
    }

    // A search in a node of a large tree would miss the cache at its head and at each step of the bisection, one after the other: ask for
    // all of the node at once. Nodes below a root are of full size.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Prefetch(Arena arena, ulong node)
    {
        if (Sse.IsSupported)
        {
            byte* address = arena.Base + node;
            for (int i = 0; i < TreeNodeDf.NodeBytes; i += CacheLineBytes)
            {
                Sse.Prefetch0(address + i);
            }
        }
    }

    /// <summary>Index of the first entry that is not below the key.</summary>
    internal static int LeafLowerBound<TKey>(Arena arena, TreeNodeDf* node, in TKey key, out bool found)
        where TKey : struct, ITreeKey
    {
        LeafEntryDf* entries = TreeNodeDf.Leaves(node);
        ulong prefix = key.Prefix;
        int low = 0;
        int high = node->Count;

        // Where one half or the other is as likely, a jump is mispredicted every second time: halve by arithmetic.
        for (int left = high; left > 1;)
        {
            int half = left >> 1;
            low += half & -Below(entries[low + half - 1].Prefix, prefix);
            left -= half;
        }

        low += high > 0 ? Below(entries[low].Prefix, prefix) : 0;

        return LeafAmongTies(arena, entries, low, high, in key, out found);
    }

    // At the first that is not below: records with this prefix begin here, nearly always one.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int LeafAmongTies<TKey>(Arena arena, LeafEntryDf* entries, int low, int high, in TKey key, out bool found)
        where TKey : struct, ITreeKey
    {
        ulong prefix = key.Prefix;
        int tie = low < high && entries[low].Prefix == prefix ? key.CompareTie(arena, entries[low].Record) : -1;
        found = tie == 0;
        return tie > 0 ? LeafLowerBoundAmongTies(arena, entries, low + 1, high, in key, out found) : low;
    }

    private static int LeafLowerBoundAmongTies<TKey>(Arena arena, LeafEntryDf* entries, int low, int high, in TKey key, out bool found)
        where TKey : struct, ITreeKey
    {
        ulong prefix = key.Prefix;
        while (low < high)
        {
            int middle = (int)((uint)(low + high) >> 1);
            int tie = entries[middle].Prefix == prefix ? key.CompareTie(arena, entries[middle].Record) : -1;
            if (tie == 0)
            {
                found = true;
                return middle;
            }

            (low, high) = tie > 0 ? (middle + 1, high) : (low, middle);
        }

        found = false;
        return low;
    }

    /// <summary>Index of the child whose range holds the key.</summary>
    internal static int BranchIndex<TKey>(Arena arena, TreeNodeDf* node, in TKey key)
        where TKey : struct, ITreeKey
    {
        BranchEntryDf* entries = TreeNodeDf.Branches(node);
        ulong prefix = key.Prefix;
        int count = node->Count;

        // As in a leaf; entry 0 is not kept up and not looked at.
        int low = 1;
        for (int left = count - 1; left > 1;)
        {
            int half = left >> 1;
            low += half & -Below(entries[low + half - 1].Prefix, prefix);
            left -= half;
        }

        low += low < count ? Below(entries[low].Prefix, prefix) : 0;
        return low < count && entries[low].Prefix == prefix ? BranchIndexAmongTies(arena, entries, low, count, in key) : low - 1;
    }

    private static int BranchIndexAmongTies<TKey>(Arena arena, BranchEntryDf* entries, int low, int high, in TKey key)
        where TKey : struct, ITreeKey
    {
        while (low < high)
        {
            int middle = (int)((uint)(low + high) >> 1);
            ulong there = entries[middle].Prefix;
            bool below = there == key.Prefix ? key.CompareTie(arena, entries[middle].Record) >= 0 : there < key.Prefix;
            (low, high) = below ? (middle + 1, high) : (low, middle);
        }

        return low - 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Below(ulong there, ulong prefix) => Unsafe.BitCast<bool, byte>(there < prefix);

    /// <summary>Compares a key with a record whose prefix is not at hand.</summary>
    internal static int Compare<TKey>(Arena arena, in TKey key, ulong record)
        where TKey : struct, ITreeKey
    {
        int byPrefix = key.Prefix.CompareTo(TKey.PrefixOf(arena, record));
        return byPrefix != 0 ? byPrefix : key.CompareTie(arena, record);
    }
}
