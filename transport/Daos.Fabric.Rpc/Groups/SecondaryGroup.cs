namespace Daos.Fabric.Rpc.Groups;

/// <summary>
/// Some ranks of the primary group under numbers and a version of their own, such as the ranks of a pool. A rank that leaves the primary
/// group leaves every secondary one. Modified on the primary group's owner thread; <see cref="Ranks"/> is for any thread.
/// </summary>
public sealed class SecondaryGroup
{
    private readonly PrimaryGroup _primary;
    private readonly OwnerThread _owner;
    private SecondaryRanks _ranks;

    internal SecondaryGroup(PrimaryGroup primary, OwnerThread owner, uint id, string name)
    {
        _primary = primary;
        _owner = owner;
        Id = id;
        Name = name;
        _ranks = new SecondaryRanks(0, primary.Ranks.Version, [], []);
    }

    /// <summary>Its number on the wire.</summary>
    public uint Id { get; }

    /// <summary>For logs.</summary>
    public string Name { get; }

    /// <summary>The group as it is now.</summary>
    public SecondaryRanks Ranks => Volatile.Read(ref _ranks);

    /// <summary>
    /// Changes the members, all or nothing. DER_ALREADY: the group has this version; DER_GRPVER: it has a newer one; DER_INVAL: a rank
    /// twice; DER_OOG: a rank is not in the primary group.
    /// </summary>
    public DerCode Modify(uint version, GroupChange change, IReadOnlyList<SecondaryMember> members)
    {
        _owner.Assert();
        SecondaryRanks before = _ranks;
        if (version <= before.Version)
        {
            return version == before.Version ? DerCode.Already : DerCode.GroupVersion;
        }

        PrimaryRanks primary = _primary.Ranks;
        List<SecondaryMember> after = change == GroupChange.Replace ? [] : [.. before.Members];
        foreach (SecondaryMember member in members)
        {
            after.RemoveAll(m => m.Secondary == member.Secondary);
            if (change == GroupChange.Remove)
            {
                continue;
            }

            if (!primary.Contains(member.Primary))
            {
                return DerCode.Oog;
            }

            after.Add(member);
        }

        if (members.DistinctBy(static m => m.Secondary).Count() != members.Count
            || after.DistinctBy(static m => m.Primary).Count() != after.Count)
        {
            return DerCode.Invalid;
        }

        Set(version, primary.Version, after);
        return DerCode.Success;
    }

    internal void PrimaryChanged(PrimaryRanks primary)
    {
        SecondaryRanks before = _ranks;
        List<SecondaryMember> after = [.. before.Members];
        after.RemoveAll(m => !primary.Contains(m.Primary));
        Set(before.Version, primary.Version, after);
    }

    private void Set(uint version, uint primaryVersion, List<SecondaryMember> members)
    {
        SecondaryMember[] bySecondary = [.. members.OrderBy(static m => m.Secondary.Value)];
        SecondaryMember[] byPrimary = [.. members.OrderBy(static m => m.Primary.Value)];
        Volatile.Write(ref _ranks, new SecondaryRanks(version, primaryVersion, bySecondary, byPrimary));
    }
}
