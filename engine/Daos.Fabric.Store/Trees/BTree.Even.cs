using System.Runtime.Intrinsics.X86;

namespace Daos.Fabric.Store.Trees;

/// <content>
/// Look-up of keys whose prefixes are spread evenly, as hashes are: where an entry stands in a node follows from the prefixes that bound the
/// node, within a few entries, so that a look-up in a large tree waits for few lines of a node instead of all. Always right, for other keys
/// merely slower: the search starts at the guess and goes on step by step.
/// </content>
internal static unsafe partial class BTree
{
    // Entries that a guess may be off by before another line is needed: the spread of 44 hashes in a node is three.
    private const int GuessMargin = 3;

    private static ulong FindEven<TKey>(Arena arena, ulong root, in TKey key)
        where TKey : struct, ITreeKey
    {
        ulong prefix = key.Prefix;
        ulong low = 0;
        ulong high = ulong.MaxValue;
        for (int depth = 0; root != 0; depth++)
        {
            Invariant.Check(depth < TreePath.DepthMax);
            TreeNodeDf* node = TreeNodeDf.Load(arena, root);
            if (node->Level == 0)
            {
                int index = LeafLowerBoundNear(arena, node, in key, low, high, out bool found);
                return found ? TreeNodeDf.Leaves(node)[index].Record : 0;
            }

            root = ChildNear(arena, node, in key, ref low, ref high);
            PrefetchAbout(arena, root, node->Level == 1, prefix, low, high);
        }

        return 0;
    }

    /// <summary>The child whose range holds the key, and the prefixes that bound it.</summary>
    internal static ulong ChildNear<TKey>(Arena arena, TreeNodeDf* node, in TKey key, ref ulong low, ref ulong high)
        where TKey : struct, ITreeKey
    {
        BranchEntryDf* entries = TreeNodeDf.Branches(node);
        ulong prefix = key.Prefix;
        int count = node->Count;
        int at = Math.Max(Guess(prefix, low, high, count), 1);
        while (at < count && entries[at].Prefix < prefix)
        {
            at++;
        }

        while (at > 1 && entries[at - 1].Prefix >= prefix)
        {
            at--;
        }

        int index = at < count && entries[at].Prefix == prefix ? BranchIndexAmongTies(arena, entries, at, count, in key) : at - 1;
        low = index > 0 ? entries[index].Prefix : low;
        high = index + 1 < count ? entries[index + 1].Prefix : high;
        return entries[index].Child;
    }

    /// <summary>As <see cref="LeafLowerBound"/>, in a leaf between two prefixes.</summary>
    internal static int LeafLowerBoundNear<TKey>(Arena arena, TreeNodeDf* node, in TKey key, ulong low, ulong high, out bool found)
        where TKey : struct, ITreeKey
    {
        LeafEntryDf* entries = TreeNodeDf.Leaves(node);
        ulong prefix = key.Prefix;
        int count = node->Count;
        int at = Guess(prefix, low, high, count);
        while (at < count && entries[at].Prefix < prefix)
        {
            at++;
        }

        while (at > 0 && entries[at - 1].Prefix >= prefix)
        {
            at--;
        }

        return LeafAmongTies(arena, entries, at, count, in key, out found);
    }

    /// <summary>Asks for the lines of a full-size node where a key may stand, whatever the number of entries, and for its head.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PrefetchAbout(Arena arena, ulong node, bool isLeaf, ulong prefix, ulong low, ulong high)
    {
        if (Sse.IsSupported)
        {
            int entryBytes = isLeaf ? LeafEntryDf.SizeBytes : BranchEntryDf.SizeBytes;
            int most = isLeaf ? TreeNodeDf.LeafMax : TreeNodeDf.BranchMax;
            int last = Guess(prefix, low, high, most);
            int first = (last / 2) - GuessMargin;
            Sse.Prefetch0(arena.Base + node);
            PrefetchEntries(arena, node, first, last + GuessMargin, entryBytes);
        }
    }

    /// <summary>Asks for the lines about the guess in a full-size node whose head is at hand.</summary>
    internal static void PrefetchGuess(Arena arena, ulong offset, TreeNodeDf* node, ulong prefix, ulong low, ulong high)
    {
        int at = Guess(prefix, low, high, node->Count);
        PrefetchEntries(arena, offset, at - GuessMargin, at + GuessMargin, node->Level == 0 ? LeafEntryDf.SizeBytes : BranchEntryDf.SizeBytes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PrefetchEntries(Arena arena, ulong node, int first, int last, int entryBytes)
    {
        int end = Math.Min(TreeNodeDf.SizeBytes + ((last + 1) * entryBytes), TreeNodeDf.NodeBytes);
        int start = (TreeNodeDf.SizeBytes + (Math.Max(first, 0) * entryBytes)) & -CacheLineBytes;
        byte* address = arena.Base + node;
        for (int i = start; i < end; i += CacheLineBytes)
        {
            if (Sse.IsSupported)
            {
                Sse.Prefetch0(address + i);
            }
        }
    }

    // The share of the range below the prefix is, about, the share of the entries; nothing is relied upon.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Guess(ulong prefix, ulong low, ulong high, int count)
    {
        double share = (double)(prefix - low) / ((double)(high - low) + 1);
        return Math.Max(Math.Min((int)(share * count), count - 1), 0);
    }
}
