using Daos.Fabric.Rpc.Collectives;

namespace Daos.Fabric.Rpc.Tests.Collectives;

public sealed class TreeTests
{
    public static TheoryData<TreeKind, int> Shapes => new()
    {
        { TreeKind.Flat, 0 },
        { TreeKind.Kary, 2 },
        { TreeKind.Kary, 4 },
        { TreeKind.Kary, 64 },
        { TreeKind.Knomial, 2 },
        { TreeKind.Knomial, 3 },
        { TreeKind.Knomial, 16 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Tree_OfEverySizeAndRoot_HasEveryPositionOnceAndLogarithmicDepth(TreeKind kind, int ratio)
    {
        var tree = new TreeTopology(kind, ratio);
        int[] children = new int[1024];
        int[] depth = new int[1024];
        int[] queue = new int[1024];
        for (int size = 1; size <= 1024; size += size < 130 ? 1 : 149)
        {
            int depthMax = DepthMax(kind, ratio, size);
            for (int root = 0; root < size; root++)
            {
                Array.Fill(depth, -1);
                depth[root] = 0;
                queue[0] = root;
                int end = 1;
                Assert.Equal(-1, tree.GetParent(size, root, root));
                for (int at = 0; at < end; at++)
                {
                    int parent = queue[at];
                    foreach (int child in children.AsSpan(0, tree.GetChildren(size, root, parent, children)))
                    {
                        if (depth[child] != -1 || tree.GetParent(size, root, child) != parent || depth[parent] >= depthMax)
                        {
                            Assert.Fail($"size {size} root {root}: {parent} -> {child}, depth {depth[parent] + 1} of {depthMax}, parent {tree.GetParent(size, root, child)}");
                        }

                        depth[child] = depth[parent] + 1;
                        queue[end++] = child;
                    }
                }

                Assert.Equal(size, end);
            }
        }
    }

    [Fact]
    public void Tree_Of1024_EveryRoot_KnomialAndKaryReachAll()
    {
        foreach (TreeTopology tree in new[] { TreeTopology.Default, new TreeTopology(TreeKind.Kary, 2), new TreeTopology(TreeKind.Knomial, 2) })
        {
            int[] children = new int[1024];
            for (int root = 0; root < 1024; root++)
            {
                int edges = 0;
                for (int self = 0; self < 1024; self++)
                {
                    edges += tree.GetChildren(1024, root, self, children);
                }

                Assert.Equal(1023, edges);
            }
        }
    }

    [Fact]
    public void Knomial_OfTwo_GivesTheRootTheMostChildren()
    {
        int[] children = new int[8];
        int count = new TreeTopology(TreeKind.Knomial, 2).GetChildren(8, 0, 0, children);
        Assert.Equal([1, 2, 4], children[..count]);
        count = new TreeTopology(TreeKind.Knomial, 2).GetChildren(8, 3, 7, children);
        Assert.Equal([0, 1], children[..count]);
    }

    [Theory]
    [InlineData(0x00010000u, true)]
    [InlineData(0x00020002u, true)]
    [InlineData(0x00030040u, true)]
    [InlineData(0x00010002u, false)]
    [InlineData(0x00020001u, false)]
    [InlineData(0x00030041u, false)]
    [InlineData(0x00040004u, false)]
    [InlineData(0u, false)]
    public void Topology_ReadFromTheWire_IsChecked(uint value, bool isValid)
    {
        Assert.Equal(isValid, TreeTopology.TryRead(value, out TreeTopology topology));
        Assert.Equal(isValid ? value : 0, topology.Value);
    }

    [Fact]
    public void Topology_WithABadRatioOrPosition_IsRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new TreeTopology(TreeKind.Kary, 65));
        Assert.Throws<ArgumentOutOfRangeException>(() => TreeTopology.Default.GetParent(4, 0, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => TreeTopology.Default.GetParent(4, -1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => TreeTopology.Default.GetChildren(0, 0, 0, new int[1]));
    }

    private static int DepthMax(TreeKind kind, int ratio, int size)
    {
        int depth = 0;
        for (long reach = 1; reach < size; reach *= Math.Max(ratio, 2))
        {
            depth++;
        }

        return kind == TreeKind.Flat ? 1 : depth;
    }
}
