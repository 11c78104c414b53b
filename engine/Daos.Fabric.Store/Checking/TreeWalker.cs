namespace Daos.Fabric.Store.Checking;

/// <summary>
/// Walks a tree and checks what look-ups rely on: counts, levels, strictly rising order, prefixes that are those of the records, and
/// branches that name the smallest record below. One owner thread.
/// </summary>
internal sealed unsafe class TreeWalker(Arena arena, AllocationMap allocations, CheckReport report)
{
    /// <summary>The key of a stored record.</summary>
    internal delegate TKey KeyOf<TKey>(ulong record);

    /// <summary>Visits every record in order; returns how many there are.</summary>
    internal long Walk<TKey>(ulong root, string owner, KeyOf<TKey> keyOf, Action<ulong> visit)
        where TKey : struct, ITreeKey
    {
        if (root == 0)
        {
            return 0;
        }

        var walk = new One<TKey>(owner, keyOf, visit);
        if ((root & BTree.InlineTag) != 0)
        {
            Visit(walk, root & ~BTree.InlineTag);
        }
        else
        {
            Node(walk, root, level: -1, out _);
        }

        return walk.Count;
    }

    private void Visit<TKey>(One<TKey> walk, ulong record)
        where TKey : struct, ITreeKey
    {
        if (walk.Last != 0 && BTree.Compare(arena, walk.KeyOf(walk.Last), record) >= 0)
        {
            report.Damage(walk.Owner, $"the records at {walk.Last} and {record} stand in the wrong order");
        }

        walk.Last = record;
        walk.Count++;
        walk.Visit(record);
    }

    private void Node<TKey>(One<TKey> walk, ulong offset, int level, out LeafEntryDf smallest)
        where TKey : struct, ITreeKey
    {
        smallest = default;
        TreeNodeDf* node;
        try
        {
            node = TreeNodeDf.Load(arena, offset);
        }
        catch (InvariantException exception)
        {
            report.Damage(walk.Owner, $"no tree node lies at {offset}: {exception.Message}");
            return;
        }

        allocations.Claim(offset, node->AllocationBytes, $"{walk.Owner}, tree node");
        bool isRoot = level < 0;
        if (node->Count == 0 || (!isRoot && node->Level != level) || node->Level >= TreePath.DepthMax || (isRoot && node->Level > 0 && node->Count < 2))
        {
            report.Damage(walk.Owner, $"the tree node at {offset} has {node->Count} entries at level {node->Level}");
            return;
        }

        if (node->Level == 0)
        {
            LeafEntryDf* entries = TreeNodeDf.Leaves(node);
            smallest = entries[0];
            for (int i = 0; i < node->Count; i++)
            {
                ulong record = entries[i].Record;
                CheckPrefix(walk, offset, entries[i].Prefix, record);
                Visit(walk, record);
            }

            return;
        }

        BranchEntryDf* branches = TreeNodeDf.Branches(node);
        for (int i = 0; i < node->Count; i++)
        {
            Node(walk, branches[i].Child, node->Level - 1, out LeafEntryDf below);
            smallest = i == 0 ? below : smallest;
            if (i > 0 && (branches[i].Prefix != below.Prefix || branches[i].Record != below.Record))
            {
                report.Damage(walk.Owner, $"entry {i} of the tree node at {offset} does not name the smallest record below it");
            }
        }
    }

    private void CheckPrefix<TKey>(One<TKey> walk, ulong node, ulong prefix, ulong record)
        where TKey : struct, ITreeKey
    {
        if (TKey.PrefixOf(arena, record) != prefix)
        {
            report.Damage(walk.Owner, $"the tree node at {node} has the wrong hash or prefix for the record at {record}");
        }
    }

    private sealed class One<TKey>(string owner, KeyOf<TKey> keyOf, Action<ulong> visit)
        where TKey : struct, ITreeKey
    {
        internal string Owner => owner;

        internal KeyOf<TKey> KeyOf => keyOf;

        internal Action<ulong> Visit => visit;

        internal ulong Last { get; set; }

        internal long Count { get; set; }
    }
}
