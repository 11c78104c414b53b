namespace Daos.Fabric.Store.Trees;

/// <summary>Adding a record; nodes split upwards. Full-size leaves keep what was appended in order, so sequential keys fill them.</summary>
internal static unsafe partial class BTree
{
    /// <summary>
    /// Adds a record. DER_EXIST when its key is there; DER_NOSPACE when the arena is full, and then the caller aborts the transaction.
    /// </summary>
    /// <param name="memory">Arena and the transaction under way.</param>
    /// <param name="rootWord">Offset of the word that holds the root.</param>
    /// <param name="key">The record's key.</param>
    /// <param name="record">Offset of the record.</param>
    public static DerCode Insert<TKey>(TreeMemory memory, ulong rootWord, in TKey key, ulong record)
        where TKey : struct, ITreeKey
    {
        Arena arena = memory.Arena;
        ulong root = memory.Word(rootWord);
        if (root == 0)
        {
            memory.SetWord(rootWord, record | InlineTag);
            return DerCode.Success;
        }

        if ((root & InlineTag) != 0)
        {
            return InsertSecond(memory, rootWord, root & ~InlineTag, in key, record);
        }

        Unsafe.SkipInit(out TreePath path);
        path.Depth = 0;
        TreeNodeDf* node = TreeNodeDf.Load(arena, root);
        while (node->Level != 0)
        {
            int child = BranchIndex(arena, node, in key);
            path.Push(root, child);
            root = TreeNodeDf.Branches(node)[child].Child;
            Prefetch(arena, root);
            node = TreeNodeDf.Load(arena, root);
        }

        int index = LeafLowerBound(arena, node, in key, out bool found);
        if (found)
        {
            return DerCode.Exists;
        }

        path.Push(root, index);
        var entry = new LeafEntryDf { Prefix = key.Prefix, Record = record };
        if (node->Count < node->Capacity)
        {
            InsertInLeaf(memory, root, index, entry);
            return DerCode.Success;
        }

        return node->Capacity < TreeNodeDf.LeafMax
            ? InsertGrowing(memory, rootWord, root, index, entry)
            : InsertSplitting(memory, rootWord, ref path, entry);
    }

    private static DerCode InsertSecond<TKey>(TreeMemory memory, ulong rootWord, ulong first, in TKey key, ulong record)
        where TKey : struct, ITreeKey
    {
        int order = Compare(memory.Arena, in key, first);
        if (order == 0)
        {
            return DerCode.Exists;
        }

        ulong leaf = NewNode(memory, 0, TreeNodeDf.LeafMin);
        if (leaf == 0)
        {
            return DerCode.NoSpace;
        }

        var node = memory.Edit<TreeNodeDf>(leaf);
        node->Count = 2;
        var entries = (LeafEntryDf*)memory.Transaction.Modify(TreeNodeDf.LeafEntryOffset(leaf, 0), 2 * LeafEntryDf.SizeBytes);
        entries[order < 0 ? 1 : 0] = new LeafEntryDf { Prefix = TKey.PrefixOf(memory.Arena, first), Record = first };
        entries[order < 0 ? 0 : 1] = new LeafEntryDf { Prefix = key.Prefix, Record = record };
        memory.SetWord(rootWord, leaf);
        return DerCode.Success;
    }

    private static ulong NewNode(TreeMemory memory, int level, int capacity)
    {
        ulong offset = memory.Transaction.Allocate(level == 0 ? TreeNodeDf.LeafBytes(capacity) : TreeNodeDf.NodeBytes);
        if (offset != 0)
        {
            var node = memory.Edit<TreeNodeDf>(offset);
            node->Magic = TreeNodeDf.MagicValue;
            node->Capacity = (ushort)capacity;
            node->Level = (byte)level;
        }

        return offset;
    }

    private static void InsertInLeaf(TreeMemory memory, ulong leaf, int index, LeafEntryDf entry)
    {
        var node = memory.Edit<TreeNodeDf>(leaf);
        int moved = node->Count - index;
        var entries = (LeafEntryDf*)memory.Transaction.Modify(
            TreeNodeDf.LeafEntryOffset(leaf, index), (moved + 1) * LeafEntryDf.SizeBytes);
        new Span<LeafEntryDf>(entries, moved).CopyTo(new Span<LeafEntryDf>(entries + 1, moved));
        entries[0] = entry;
        node->Count++;
    }

    // Only a root is smaller than a full node; it moves to twice the size.
    private static DerCode InsertGrowing(TreeMemory memory, ulong rootWord, ulong old, int index, LeafEntryDf entry)
    {
        TreeNodeDf* before = TreeNodeDf.Load(memory.Arena, old);
        int count = before->Count;
        int capacity = (before->Capacity * 2) + 1;
        ulong leaf = NewNode(memory, 0, capacity);
        if (leaf == 0)
        {
            return DerCode.NoSpace;
        }

        memory.Edit<TreeNodeDf>(leaf)->Count = (ushort)(count + 1);
        var to = (LeafEntryDf*)memory.Transaction.Modify(TreeNodeDf.LeafEntryOffset(leaf, 0), (count + 1) * LeafEntryDf.SizeBytes);
        var from = new ReadOnlySpan<LeafEntryDf>(TreeNodeDf.Leaves(before), count);
        from[..index].CopyTo(new Span<LeafEntryDf>(to, index));
        to[index] = entry;
        from[index..].CopyTo(new Span<LeafEntryDf>(to + index + 1, count - index));
        memory.Transaction.Free(old, TreeNodeDf.LeafBytes(before->Capacity));
        memory.SetWord(rootWord, leaf);
        return DerCode.Success;
    }

    private static DerCode InsertSplitting(TreeMemory memory, ulong rootWord, ref TreePath path, LeafEntryDf entry)
    {
        int level = path.Depth - 1;
        ulong leaf = path.Node(level);
        int index = path.Index(level);
        int count = TreeNodeDf.Load(memory.Arena, leaf)->Count;
        ulong right = NewNode(memory, 0, TreeNodeDf.LeafMax);
        if (right == 0)
        {
            return DerCode.NoSpace;
        }

        int kept = index == count ? count : (count + 1) / 2;
        MoveLeafTail(memory, leaf, right, kept);
        if (index > kept || kept == count)
        {
            InsertInLeaf(memory, right, index - kept, entry);
        }
        else
        {
            InsertInLeaf(memory, leaf, index, entry);
        }

        LeafEntryDf first = TreeNodeDf.Leaves(TreeNodeDf.Load(memory.Arena, right))[0];
        var branch = new BranchEntryDf { Prefix = first.Prefix, Record = first.Record, Child = right };
        return InsertInBranch(memory, rootWord, ref path, level - 1, branch);
    }

    private static void MoveLeafTail(TreeMemory memory, ulong leaf, ulong right, int kept)
    {
        var from = memory.Edit<TreeNodeDf>(leaf);
        int moved = from->Count - kept;
        var to = memory.Edit<TreeNodeDf>(right);
        if (moved > 0)
        {
            byte* target = memory.Transaction.Modify(TreeNodeDf.LeafEntryOffset(right, to->Count), moved * LeafEntryDf.SizeBytes);
            new ReadOnlySpan<LeafEntryDf>(TreeNodeDf.Leaves(from) + kept, moved).CopyTo(new Span<LeafEntryDf>(target, moved));
        }

        to->Count += (ushort)moved;
        from->Count = (ushort)kept;
    }

    // Puts a new right sibling beside the child that the path names at this level; level -1 means that the root was split.
    private static DerCode InsertInBranch(TreeMemory memory, ulong rootWord, ref TreePath path, int level, BranchEntryDf entry)
    {
        for (; level >= 0; level--)
        {
            ulong branch = path.Node(level);
            int index = path.Index(level) + 1;
            if (TreeNodeDf.Load(memory.Arena, branch)->Count < TreeNodeDf.BranchMax)
            {
                InsertBranchEntry(memory, branch, index, entry);
                return DerCode.Success;
            }

            ulong right = NewNode(memory, TreeNodeDf.Load(memory.Arena, branch)->Level, TreeNodeDf.BranchMax);
            if (right == 0)
            {
                return DerCode.NoSpace;
            }

            int kept = index == TreeNodeDf.BranchMax ? TreeNodeDf.BranchMax : (TreeNodeDf.BranchMax + 1) / 2;
            MoveBranchTail(memory, branch, right, kept);
            if (index > kept || kept == TreeNodeDf.BranchMax)
            {
                InsertBranchEntry(memory, right, index - kept, entry);
            }
            else
            {
                InsertBranchEntry(memory, branch, index, entry);
            }

            entry = TreeNodeDf.Branches(TreeNodeDf.Load(memory.Arena, right))[0];
            entry.Child = right;
        }

        return InsertRoot(memory, rootWord, entry);
    }

    private static void InsertBranchEntry(TreeMemory memory, ulong branch, int index, BranchEntryDf entry)
    {
        var node = memory.Edit<TreeNodeDf>(branch);
        int moved = node->Count - index;
        var entries = (BranchEntryDf*)memory.Transaction.Modify(
            TreeNodeDf.BranchEntryOffset(branch, index), (moved + 1) * BranchEntryDf.SizeBytes);
        new Span<BranchEntryDf>(entries, moved).CopyTo(new Span<BranchEntryDf>(entries + 1, moved));
        entries[0] = entry;
        node->Count++;
    }

    private static void MoveBranchTail(TreeMemory memory, ulong branch, ulong right, int kept)
    {
        var from = memory.Edit<TreeNodeDf>(branch);
        int moved = from->Count - kept;
        var to = memory.Edit<TreeNodeDf>(right);
        if (moved > 0)
        {
            byte* target = memory.Transaction.Modify(TreeNodeDf.BranchEntryOffset(right, to->Count), moved * BranchEntryDf.SizeBytes);
            new ReadOnlySpan<BranchEntryDf>(TreeNodeDf.Branches(from) + kept, moved).CopyTo(new Span<BranchEntryDf>(target, moved));
        }

        to->Count += (ushort)moved;
        from->Count = (ushort)kept;
    }

    private static DerCode InsertRoot(TreeMemory memory, ulong rootWord, BranchEntryDf right)
    {
        ulong left = memory.Word(rootWord);
        int level = TreeNodeDf.Load(memory.Arena, left)->Level + 1;
        Invariant.Check(level < TreePath.DepthMax);
        ulong root = NewNode(memory, level, TreeNodeDf.BranchMax);
        if (root == 0)
        {
            return DerCode.NoSpace;
        }

        memory.Edit<TreeNodeDf>(root)->Count = 2;
        var entries = (BranchEntryDf*)memory.Transaction.Modify(TreeNodeDf.BranchEntryOffset(root, 0), 2 * BranchEntryDf.SizeBytes);
        entries[0] = new BranchEntryDf { Child = left };
        entries[1] = right;
        memory.SetWord(rootWord, root);
        return DerCode.Success;
    }
}
