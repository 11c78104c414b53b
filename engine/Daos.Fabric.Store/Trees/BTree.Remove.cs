namespace Daos.Fabric.Store.Trees;

/// <summary>
/// Taking a record out. A node that falls below a quarter joins a neighbour when both fit in one; entries are never borrowed, which
/// bounds the bytes that one removal changes and still leaves two neighbours at least half full together.
/// </summary>
internal static unsafe partial class BTree
{
    /// <summary>Removes the record with this key and returns its offset, 0 when there is none. The record itself is not freed.</summary>
    public static ulong Remove<TKey>(TreeMemory memory, ulong rootWord, in TKey key)
        where TKey : struct, ITreeKey
    {
        Unsafe.SkipInit(out TreeCursor cursor);
        cursor.Reset(memory.Arena, memory.Word(rootWord));
        if (!cursor.SeekAtLeast(in key) || Compare(memory.Arena, in key, cursor.Record) != 0)
        {
            return 0;
        }

        ulong record = cursor.Record;
        RemoveAt(memory, rootWord, ref cursor.Path);
        return record;
    }

    /// <summary>
    /// Removes the entry that a path of the unchanged tree names; the path is void afterwards. Depth 0 is the inline record.
    /// </summary>
    public static void RemoveAt(TreeMemory memory, ulong rootWord, ref TreePath path)
    {
        if (path.Depth == 0)
        {
            memory.SetWord(rootWord, 0);
            return;
        }

        int level = path.Depth - 1;
        ulong leaf = path.Node(level);
        int index = path.Index(level);
        int count = RemoveLeafEntry(memory, leaf, index);
        if (count == 0)
        {
            RemoveChild(memory, rootWord, ref path, level);
            return;
        }

        if (index == 0)
        {
            LeafEntryDf first = TreeNodeDf.Leaves(TreeNodeDf.Load(memory.Arena, leaf))[0];
            SetSmallest(memory, ref path, level, first.Prefix, first.Record);
        }

        if (level > 0 && count < TreeNodeDf.LeafMax / 4)
        {
            Join(memory, rootWord, ref path, level);
        }
    }

    private static int RemoveLeafEntry(TreeMemory memory, ulong leaf, int index)
    {
        var node = memory.Edit<TreeNodeDf>(leaf);
        int moved = node->Count - index - 1;
        if (moved > 0)
        {
            var entries = (LeafEntryDf*)memory.Transaction.Modify(
                TreeNodeDf.LeafEntryOffset(leaf, index), moved * LeafEntryDf.SizeBytes);
            new Span<LeafEntryDf>(entries + 1, moved).CopyTo(new Span<LeafEntryDf>(entries, moved));
        }

        return --node->Count;
    }

    // The smallest record below a node changed: exactly one branch above names it, the first whose index is not 0.
    private static void SetSmallest(TreeMemory memory, ref TreePath path, int level, ulong prefix, ulong record)
    {
        for (level--; level >= 0; level--)
        {
            if (path.Index(level) > 0)
            {
                var entry = memory.Edit<BranchEntryDf>(TreeNodeDf.BranchEntryOffset(path.Node(level), path.Index(level)));
                entry->Prefix = prefix;
                entry->Record = record;
                return;
            }
        }
    }

    // Frees the empty node at a level and takes it out of its parent, and so on upwards while parents become empty.
    private static void RemoveChild(TreeMemory memory, ulong rootWord, ref TreePath path, int level)
    {
        while (true)
        {
            FreeNode(memory, path.Node(level));
            if (level == 0)
            {
                memory.SetWord(rootWord, 0);
                return;
            }

            level--;
            if (RemoveBranchEntry(memory, path.Node(level), path.Index(level)) > 0)
            {
                break;
            }
        }

        if (path.Index(level) == 0)
        {
            BranchEntryDf first = TreeNodeDf.Branches(TreeNodeDf.Load(memory.Arena, path.Node(level)))[0];
            SetSmallest(memory, ref path, level, first.Prefix, first.Record);
        }

        Shrink(memory, rootWord, ref path, level);
    }

    private static int RemoveBranchEntry(TreeMemory memory, ulong branch, int index)
    {
        var node = memory.Edit<TreeNodeDf>(branch);
        int moved = node->Count - index - 1;
        if (moved > 0)
        {
            var entries = (BranchEntryDf*)memory.Transaction.Modify(
                TreeNodeDf.BranchEntryOffset(branch, index), moved * BranchEntryDf.SizeBytes);
            new Span<BranchEntryDf>(entries + 1, moved).CopyTo(new Span<BranchEntryDf>(entries, moved));
        }

        return --node->Count;
    }

    // A branch lost an entry: the root gives way to an only child, another joins a neighbour when it is sparse.
    private static void Shrink(TreeMemory memory, ulong rootWord, ref TreePath path, int level)
    {
        if (level > 0)
        {
            if (TreeNodeDf.Load(memory.Arena, path.Node(level))->Count < TreeNodeDf.BranchMax / 4)
            {
                Join(memory, rootWord, ref path, level);
            }

            return;
        }

        ulong root = path.Node(0);
        TreeNodeDf* node = TreeNodeDf.Load(memory.Arena, root);
        while (node->Level > 0 && node->Count == 1)
        {
            ulong child = TreeNodeDf.Branches(node)[0].Child;
            FreeNode(memory, root);
            memory.SetWord(rootWord, child);
            root = child;
            node = TreeNodeDf.Load(memory.Arena, root);
        }
    }

    // Joins the node at a level with its right neighbour, or its left one when it is the last child, if one node can hold both.
    private static void Join(TreeMemory memory, ulong rootWord, ref TreePath path, int level)
    {
        ulong parent = path.Node(level - 1);
        TreeNodeDf* parentNode = TreeNodeDf.Load(memory.Arena, parent);
        int leftIndex = path.Index(level - 1);
        if (leftIndex == parentNode->Count - 1)
        {
            leftIndex--;
        }

        if (leftIndex < 0)
        {
            return;
        }

        ulong left = TreeNodeDf.Branches(parentNode)[leftIndex].Child;
        BranchEntryDf right = TreeNodeDf.Branches(parentNode)[leftIndex + 1];
        TreeNodeDf* leftNode = TreeNodeDf.Load(memory.Arena, left);
        TreeNodeDf* rightNode = TreeNodeDf.Load(memory.Arena, right.Child);
        int sum = leftNode->Count + rightNode->Count;
        if (sum > (leftNode->Level == 0 ? TreeNodeDf.LeafMax : TreeNodeDf.BranchMax))
        {
            return;
        }

        if (leftNode->Level == 0)
        {
            MoveLeafTail(memory, right.Child, left, 0);
        }
        else
        {
            // Entry 0 of a branch is not kept up; it becomes a real separator here, and the parent knows its value.
            var first = memory.Edit<BranchEntryDf>(TreeNodeDf.BranchEntryOffset(right.Child, 0));
            first->Prefix = right.Prefix;
            first->Record = right.Record;
            MoveBranchTail(memory, right.Child, left, 0);
        }

        FreeNode(memory, right.Child);
        RemoveBranchEntry(memory, parent, leftIndex + 1);
        Shrink(memory, rootWord, ref path, level - 1);
    }

    private static void FreeNode(TreeMemory memory, ulong node) =>
        memory.Transaction.Free(node, TreeNodeDf.Load(memory.Arena, node)->AllocationBytes);
}
