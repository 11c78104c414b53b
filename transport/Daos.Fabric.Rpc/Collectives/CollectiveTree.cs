using Daos.Fabric.Rpc.Groups;

namespace Daos.Fabric.Rpc.Collectives;

/// <summary>
/// The ranks that a collective runs over, and one rank's place among them. Owned by one run at a time, which builds it anew for each
/// collective in memory that it keeps.
/// </summary>
internal sealed class CollectiveTree
{
    private TreeTopology _topology;
    private Rank[] _ranks = [];
    private uint[] _filter = [];
    private int[] _children = [];
    private int[] _open = [];
    private int _count;
    private int _childCount;
    private int _root;

    /// <summary>Positions of this rank's children.</summary>
    internal ReadOnlySpan<int> Children => _children.AsSpan(0, _childCount);

    /// <summary>Builds the tree of a collective; the root is always in it. DER_OOG: root, self or an included rank is not in the group.</summary>
    /// <param name="group">The group's ranks at the header's version.</param>
    /// <param name="header">Of the message.</param>
    /// <param name="message">Where the filter lies.</param>
    /// <param name="self">This rank.</param>
    internal DerCode Build(GroupRanks group, in CollectiveHeader header, ReadOnlySpan<byte> message, Rank self)
    {
        ReadOnlySpan<uint> filter = ReadFilter(header.FilterCount, message);
        KeptArray.Reserve(ref _ranks, group.Count);
        _count = 0;
        int next = 0;
        int named = 0;
        foreach (Rank rank in group.Ranks)
        {
            while (next < filter.Length && filter[next] < rank.Value)
            {
                next++;
            }

            bool isNamed = next < filter.Length && filter[next] == rank.Value;
            named += isNamed ? 1 : 0;
            if (isNamed == header.FilterIncludes || rank == header.Root)
            {
                _ranks[_count++] = rank;
            }
        }

        ReadOnlySpan<Rank> ranks = _ranks.AsSpan(0, _count);
        _root = GroupRanks.IndexOf(ranks, header.Root);
        int position = GroupRanks.IndexOf(ranks, self);
        if (_root < 0 || position < 0 || (header.FilterIncludes && named != filter.Length))
        {
            return DerCode.Oog;
        }

        _topology = header.Topology;
        KeptArray.Reserve(ref _children, _count);
        _childCount = _topology.GetChildren(_count, _root, position, _children);
        return DerCode.Success;
    }

    internal Rank RankAt(int position) => _ranks[position];

    /// <summary>Ranks in the part of the tree below and including a position.</summary>
    internal int CountBelow(int position)
    {
        KeptArray.Reserve(ref _open, _count);
        _open[0] = position;
        int open = 1;
        int seen = 0;
        while (open > 0)
        {
            // Who is open and whose children are looked at are different ranks, so that there is always room.
            int next = _open[--open];
            seen++;
            open += _topology.GetChildren(_count, _root, next, _open.AsSpan(open));
        }

        return seen;
    }

    // Ascending and each rank once, as the group's ranks are.
    private ReadOnlySpan<uint> ReadFilter(int count, ReadOnlySpan<byte> message)
    {
        KeptArray.Reserve(ref _filter, count);
        Span<uint> filter = _filter.AsSpan(0, count);
        CollectiveWire.ReadFilter(message, filter);
        filter.Sort();
        int different = 0;
        foreach (uint rank in filter)
        {
            if (different == 0 || filter[different - 1] != rank)
            {
                filter[different++] = rank;
            }
        }

        return filter[..different];
    }
}
