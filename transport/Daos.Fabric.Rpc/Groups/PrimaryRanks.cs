namespace Daos.Fabric.Rpc.Groups;

/// <summary>The primary group at one version: ranks with their addresses. Immutable; any thread.</summary>
public sealed class PrimaryRanks : GroupRanks
{
    private readonly GroupMember[] _members;

    internal PrimaryRanks(uint version, GroupMember[] membersByRank)
        : base(version, version, Array.ConvertAll(membersByRank, static m => m.Rank)) => _members = membersByRank;

    /// <summary>The members in ascending order of their ranks.</summary>
    public ReadOnlySpan<GroupMember> Members => _members;

    /// <summary>A rank's member, or null.</summary>
    public GroupMember? Find(Rank rank)
    {
        int index = IndexOf(rank);
        return index < 0 ? null : _members[index];
    }
}
