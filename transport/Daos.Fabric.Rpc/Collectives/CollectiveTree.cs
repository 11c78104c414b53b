using Daos.Fabric.Rpc.Groups;

namespace Daos.Fabric.Rpc.Collectives;

/// <summary>The ranks that a collective runs over, and one rank's place among them. Immutable.</summary>
internal sealed class CollectiveTree
{
    private readonly TreeTopology _topology;
    private readonly Rank[] _ranks;
    private readonly int _root;

    private CollectiveTree(TreeTopology topology, Rank[] ranks, int root, int self)
    {
        _topology = topology;
        _ranks = ranks;
        _root = root;
        Self = self;
        Span<int> children = ranks.Length <= 256 ? stackalloc int[256] : new int[ranks.Length];
        Children = children[..topology.GetChildren(ranks.Length, root, self, children)].ToArray();
    }

    internal int Self { get; }

    internal int[] Children { get; }

    /// <summary>Builds the tree of a collective; the root is always in it. DER_OOG: root, self or an included rank is not in the group.</summary>
    internal static DerResult<CollectiveTree> Build(GroupRanks group, CollectiveHeader header, Rank self)
    {
        bool includes = (header.Flags & CollectiveFlags.FilterIncludes) != 0;
        HashSet<uint> filter = [.. header.Filter.Select(static r => r.Value)];
        var ranks = new List<Rank>(group.Count);
        int named = 0;
        foreach (Rank rank in group.Ranks)
        {
            bool isNamed = filter.Contains(rank.Value);
            named += isNamed ? 1 : 0;
            if (isNamed == includes || rank == header.Root)
            {
                ranks.Add(rank);
            }
        }

        Rank[] sorted = [.. ranks];
        int root = GroupRanks.IndexOf(sorted, header.Root);
        int position = GroupRanks.IndexOf(sorted, self);
        return root < 0 || position < 0 || (includes && named != filter.Count)
            ? DerCode.Oog
            : new CollectiveTree(header.Topology, sorted, root, position);
    }

    internal Rank RankAt(int position) => _ranks[position];

    /// <summary>Ranks in the part of the tree below and including a position.</summary>
    internal int CountBelow(int position)
    {
        int[] children = new int[_ranks.Length];
        var open = new Stack<int>([position]);
        int count = 0;
        while (open.TryPop(out int next))
        {
            count++;
            foreach (int child in children.AsSpan(0, _topology.GetChildren(_ranks.Length, _root, next, children)))
            {
                open.Push(child);
            }
        }

        return count;
    }
}
