using System.Runtime.Intrinsics.X86;

namespace Daos.Fabric.Store.Trees;

/// <summary>
/// B+trees in the arena: look-up and the search inside a node. A tree is the word that holds its root (<see cref="TreeNodeDf"/>), so
/// that records carry their trees. Synchronous; owned by one xstream.
/// </summary>
internal static unsafe partial class BTree
{
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

    // A search in a node of a large tree misses the cache at its head and at the first steps of the bisection: ask for them together.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(Arena arena, ulong node)
    {
        if (Sse.IsSupported)
        {
            byte* address = arena.Base + node;
            Sse.Prefetch0(address);
            Sse.Prefetch0(address + (TreeNodeDf.NodeBytes / 2));
            Sse.Prefetch0(address + (TreeNodeDf.NodeBytes / 4));
            Sse.Prefetch0(address + (TreeNodeDf.NodeBytes / 4 * 3));
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
        while (low < high)
        {
            int middle = (int)((uint)(low + high) >> 1);
            ulong there = entries[middle].Prefix;
            if (there == prefix)
            {
                int tie = key.CompareTie(arena, entries[middle].Record);
                if (tie == 0)
                {
                    found = true;
                    return middle;
                }

                (low, high) = tie > 0 ? (middle + 1, high) : (low, middle);
            }
            else if (there < prefix)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
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
        int low = 1;
        int high = node->Count;
        while (low < high)
        {
            int middle = (int)((uint)(low + high) >> 1);
            ulong there = entries[middle].Prefix;
            bool below = there == prefix ? key.CompareTie(arena, entries[middle].Record) >= 0 : there < prefix;
            if (below)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low - 1;
    }

    /// <summary>Compares a key with a record whose prefix is not at hand.</summary>
    internal static int Compare<TKey>(Arena arena, in TKey key, ulong record)
        where TKey : struct, ITreeKey
    {
        int byPrefix = key.Prefix.CompareTo(TKey.PrefixOf(arena, record));
        return byPrefix != 0 ? byPrefix : key.CompareTie(arena, record);
    }
}
