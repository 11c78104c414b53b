namespace Daos.Fabric.Store.Trees;

/// <summary>
/// A position in a tree, for scans in both directions. Valid while nothing changes the tree. Lives on the stack: declare it with
/// <c>Unsafe.SkipInit</c> and begin with <see cref="Reset"/>. Owned by one xstream.
/// </summary>
internal unsafe struct TreeCursor
{
    /// <summary>The way to the current entry.</summary>
    public TreePath Path;

    private Arena _arena;
    private ulong _root;

    /// <summary>The current record, 0 when the cursor is at no entry.</summary>
    public ulong Record;

    /// <summary>The prefix of the current record; not set for a tree of one inline record.</summary>
    public ulong Prefix;

    /// <summary>Aims the cursor at a tree; it stands at no entry then.</summary>
    public void Reset(Arena arena, ulong root)
    {
        _arena = arena;
        _root = root;
        Path.Depth = 0;
        Record = 0;
        Prefix = 0;
    }

    /// <summary>Goes to the first record; false when the tree is empty.</summary>
    public bool SeekFirst() => SeekEnd(last: false);

    /// <summary>Goes to the last record; false when the tree is empty.</summary>
    public bool SeekLast() => SeekEnd(last: true);

    /// <summary>Goes to the first record that is not below the key; false when there is none.</summary>
    public bool SeekAtLeast<TKey>(in TKey key)
        where TKey : struct, ITreeKey
    {
        Path.Depth = 0;
        if ((_root & BTree.InlineTag) != 0)
        {
            ulong record = _root & ~BTree.InlineTag;
            Record = BTree.Compare(_arena, in key, record) <= 0 ? record : 0;
            return Record != 0;
        }

        if (!Descend(in key, out int count, out int index))
        {
            return false;
        }

        if (index < count)
        {
            return Load();
        }

        // Past the end of this leaf: the answer, if any, is the first record of the next one.
        Path.SetIndex(Path.Depth - 1, count - 1);
        return MoveNext();
    }

    /// <summary>Goes to the last record that is not above the key; false when there is none.</summary>
    public bool SeekAtMost<TKey>(in TKey key)
        where TKey : struct, ITreeKey
    {
        Path.Depth = 0;
        if ((_root & BTree.InlineTag) != 0)
        {
            ulong record = _root & ~BTree.InlineTag;
            Record = BTree.Compare(_arena, in key, record) >= 0 ? record : 0;
            return Record != 0;
        }

        if (!Descend(in key, out int count, out int index))
        {
            return false;
        }

        ulong leaf = Path.Node(Path.Depth - 1);
        if (index < count && IsEqual(leaf, index, in key))
        {
            return Load();
        }

        Path.SetIndex(Path.Depth - 1, index);
        return MovePrevious();
    }

    /// <summary>Goes to the next record; false, and at no entry, after the last.</summary>
    public bool MoveNext()
    {
        for (int level = Path.Depth - 1; level >= 0; level--)
        {
            TreeNodeDf* node = TreeNodeDf.Load(_arena, Path.Node(level));
            int index = Path.Index(level) + 1;
            if (index < node->Count)
            {
                Path.SetIndex(level, index);
                return level == Path.Depth - 1 ? Load() : SeekEndBelow(level, last: false);
            }
        }

        return Leave();
    }

    /// <summary>Goes to the record before; false, and at no entry, before the first.</summary>
    public bool MovePrevious()
    {
        for (int level = Path.Depth - 1; level >= 0; level--)
        {
            int index = Path.Index(level) - 1;
            if (index >= 0)
            {
                Path.SetIndex(level, index);
                return level == Path.Depth - 1 ? Load() : SeekEndBelow(level, last: true);
            }
        }

        return Leave();
    }

    private bool SeekEnd(bool last)
    {
        Path.Depth = 0;
        if (_root == 0)
        {
            return Leave();
        }

        if ((_root & BTree.InlineTag) != 0)
        {
            Record = _root & ~BTree.InlineTag;
            return true;
        }

        PushEnd(_root, last);
        return SeekEndBelow(0, last);
    }

    private bool SeekEndBelow(int level, bool last)
    {
        Path.Depth = level + 1;
        while (true)
        {
            TreeNodeDf* node = TreeNodeDf.Load(_arena, Path.Node(Path.Depth - 1));
            if (node->Level == 0)
            {
                return Load();
            }

            PushEnd(TreeNodeDf.Branches(node)[Path.Index(Path.Depth - 1)].Child, last);
        }
    }

    private void PushEnd(ulong offset, bool last)
    {
        TreeNodeDf* node = TreeNodeDf.Load(_arena, offset);
        Invariant.Check(node->Count > 0);
        Path.Push(offset, last ? node->Count - 1 : 0);
    }

    private bool Descend<TKey>(in TKey key, out int count, out int index)
        where TKey : struct, ITreeKey
    {
        count = 0;
        index = 0;
        if (_root == 0)
        {
            return Leave();
        }

        ulong offset = _root;
        TreeNodeDf* node = TreeNodeDf.Load(_arena, offset);
        while (node->Level != 0)
        {
            int child = BTree.BranchIndex(_arena, node, in key);
            Path.Push(offset, child);
            offset = TreeNodeDf.Branches(node)[child].Child;
            BTree.Prefetch(_arena, offset);
            node = TreeNodeDf.Load(_arena, offset);
        }

        count = node->Count;
        index = BTree.LeafLowerBound(_arena, node, in key, out _);
        Path.Push(offset, index);
        return true;
    }

    private readonly bool IsEqual<TKey>(ulong leaf, int index, in TKey key)
        where TKey : struct, ITreeKey
    {
        LeafEntryDf entry = TreeNodeDf.Leaves(TreeNodeDf.Load(_arena, leaf))[index];
        return entry.Prefix == key.Prefix && key.CompareTie(_arena, entry.Record) == 0;
    }

    private bool Load()
    {
        LeafEntryDf entry = TreeNodeDf.Leaves(TreeNodeDf.Load(_arena, Path.Node(Path.Depth - 1)))[Path.Index(Path.Depth - 1)];
        Record = entry.Record;
        Prefix = entry.Prefix;
        return true;
    }

    private bool Leave()
    {
        Record = 0;
        return false;
    }
}
