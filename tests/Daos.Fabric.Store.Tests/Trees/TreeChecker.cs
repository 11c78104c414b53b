using Daos.Fabric.Store.Trees;

namespace Daos.Fabric.Store.Tests.Trees;

/// <summary>Walks a whole tree and checks what look-ups rely on: counts, levels, order of entries, and branches that name the smallest record.</summary>
internal static unsafe class TreeChecker
{
    internal static int Check(Arena arena, ulong root)
    {
        if (root == 0)
        {
            return 0;
        }

        return (root & BTree.InlineTag) != 0 ? 1 : CheckNode(arena, root, isRoot: true, out _);
    }

    private static int CheckNode(Arena arena, ulong offset, bool isRoot, out LeafEntryDf smallest)
    {
        TreeNodeDf* node = TreeNodeDf.Load(arena, offset);
        Assert.True(node->Count > 0, "an empty node stayed in the tree");
        if (node->Level == 0)
        {
            Assert.True(isRoot || node->Capacity == TreeNodeDf.LeafMax, "only a root leaf may be small");
            LeafEntryDf* entries = TreeNodeDf.Leaves(node);
            for (int i = 1; i < node->Count; i++)
            {
                Assert.True(entries[i - 1].Prefix <= entries[i].Prefix, "entries out of order");
            }

            smallest = entries[0];
            return node->Count;
        }

        Assert.True(!isRoot || node->Count > 1, "a root with one child stayed");
        int sum = 0;
        BranchEntryDf* branches = TreeNodeDf.Branches(node);
        smallest = default;
        for (int i = 0; i < node->Count; i++)
        {
            Assert.Equal(node->Level - 1, TreeNodeDf.Load(arena, branches[i].Child)->Level);
            sum += CheckNode(arena, branches[i].Child, isRoot: false, out LeafEntryDf below);
            if (i == 0)
            {
                smallest = below;
            }
            else
            {
                Assert.Equal(below.Prefix, branches[i].Prefix);
                Assert.Equal(below.Record, branches[i].Record);
            }
        }

        return sum;
    }
}
