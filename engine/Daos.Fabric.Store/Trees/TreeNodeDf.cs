namespace Daos.Fabric.Store.Trees;

/// <summary>
/// Head of a tree node in the arena; entries follow. Owned by one xstream.
/// </summary>
/// <remarks>
/// <code>
///  0        4      6         8      9                16
/// | magic  | count| capacity| level| reserved, zero  | entries ... |
/// leaf   (level 0): capacity x { prefix u64, record u64 }              3, 7, 15, 31 (roots only) or 63 entries
/// branch (level n): 42       x { prefix u64, record u64, child u64 }   prefix and record name the smallest record under child;
///                                                                      those of entry 0 are not kept up and never looked at
/// </code>
/// The root of a tree is one word: 0 = empty, record | 1 = this single record, else the offset of the root node.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal unsafe struct TreeNodeDf
{
    /// <summary>Bytes of the head.</summary>
    public const int SizeBytes = 16;

    /// <summary>Bytes of a node that is not a small root.</summary>
    public const int NodeBytes = 1024;

    /// <summary>Entries of a full-size leaf.</summary>
    public const int LeafMax = (NodeBytes - SizeBytes) / LeafEntryDf.SizeBytes;

    /// <summary>Entries of the first, smallest root leaf.</summary>
    public const int LeafMin = 3;

    /// <summary>Entries of a branch.</summary>
    public const int BranchMax = (NodeBytes - SizeBytes) / BranchEntryDf.SizeBytes;

    /// <summary>"TREE", little-endian.</summary>
    public const uint MagicValue = 0x45455254;

    /// <summary>Tells a node from anything else.</summary>
    [FieldOffset(0)]
    public uint Magic;

    /// <summary>Entries in use.</summary>
    [FieldOffset(4)]
    public ushort Count;

    /// <summary>Entries that the allocation has room for.</summary>
    [FieldOffset(6)]
    public ushort Capacity;

    /// <summary>0 for a leaf, else the height above the leaves.</summary>
    [FieldOffset(8)]
    public byte Level;

    [FieldOffset(9)]
    private readonly byte _reserved1;

    [FieldOffset(10)]
    private readonly ushort _reserved2;

    [FieldOffset(12)]
    private readonly uint _reserved3;

    /// <summary>Size of a leaf's allocation.</summary>
    public static int LeafBytes(int capacity) => SizeBytes + (capacity * LeafEntryDf.SizeBytes);

    /// <summary>Size of this node's allocation.</summary>
    public readonly int AllocationBytes => Level == 0 ? LeafBytes(Capacity) : NodeBytes;

    /// <summary>Maps a node after checking that it is one and lies inside the arena.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TreeNodeDf* Load(Arena arena, ulong offset)
    {
        var node = arena.At<TreeNodeDf>(offset);
        Invariant.Check(node->Magic == MagicValue);
        Invariant.Check(node->Capacity <= (node->Level == 0 ? LeafMax : BranchMax));
        Invariant.Check(node->Count <= node->Capacity);
        arena.At(offset, node->AllocationBytes);
        return node;
    }

    /// <summary>Entries of a leaf.</summary>
    public static LeafEntryDf* Leaves(TreeNodeDf* node) => (LeafEntryDf*)(node + 1);

    /// <summary>Entries of a branch.</summary>
    public static BranchEntryDf* Branches(TreeNodeDf* node) => (BranchEntryDf*)(node + 1);

    /// <summary>Offset of entry <paramref name="index"/> of the leaf at <paramref name="node"/>.</summary>
    public static ulong LeafEntryOffset(ulong node, int index) => node + SizeBytes + ((ulong)index * LeafEntryDf.SizeBytes);

    /// <summary>Offset of entry <paramref name="index"/> of the branch at <paramref name="node"/>.</summary>
    public static ulong BranchEntryOffset(ulong node, int index) => node + SizeBytes + ((ulong)index * BranchEntryDf.SizeBytes);
}
