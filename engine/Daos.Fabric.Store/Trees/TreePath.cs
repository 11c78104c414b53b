namespace Daos.Fabric.Store.Trees;

/// <summary>
/// The way from a root to one entry: a node and an index per level, the leaf last. It holds offsets, so it stays meaningful while
/// nothing changes the tree. Lives on the stack.
/// </summary>
internal unsafe struct TreePath
{
    /// <summary>Levels at most: far more than a full arena can hold at a quarter of the fan-out.</summary>
    public const int DepthMax = 16;

    private fixed ulong _nodes[DepthMax];
    private fixed int _indices[DepthMax];

    /// <summary>Levels on the path; 0 for an empty tree and for a single inline record.</summary>
    public int Depth;

    /// <summary>Node at a level, the root's level being 0.</summary>
    public readonly ulong Node(int level) => _nodes[level];

    /// <summary>Entry index at a level.</summary>
    public readonly int Index(int level) => _indices[level];

    /// <summary>Changes the entry index at a level.</summary>
    public void SetIndex(int level, int index) => _indices[level] = index;

    /// <summary>Adds a level below.</summary>
    public void Push(ulong node, int index)
    {
        Invariant.Check(Depth < DepthMax);
        _nodes[Depth] = node;
        _indices[Depth] = index;
        Depth++;
    }
}
