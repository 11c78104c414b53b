using Daos.Fabric.Rpc.Requests;

namespace Daos.Fabric.Rpc.Groups;

/// <summary>
/// All ranks of a system with their addresses, under a version that grows with every change (CART's primary service group). Modified on
/// its owner thread; <see cref="Ranks"/>, <see cref="Find"/> and events are for any thread.
/// </summary>
public sealed partial class PrimaryGroup
{
    private readonly OwnerThread _owner;
    private readonly RpcNode _node;
    private readonly Dictionary<uint, GroupMember> _members = [];
    private PrimaryRanks _ranks = new(0, []);
    private MembershipSubscription[] _subscriptions = [];
    private SecondaryGroup[] _secondaries = [];

    /// <param name="owner">Who modifies it: an engine's system thread.</param>
    /// <param name="name">The system's name, for logs.</param>
    /// <param name="node">
    /// Of the process: its rank is this one's, and it hears the members' addresses. Those of members who left stay there, since they are
    /// still told that they are out.
    /// </param>
    public PrimaryGroup(OwnerThread owner, string name, RpcNode node)
    {
        _owner = owner;
        _node = node;
        Name = name;
    }

    /// <summary>The system's name.</summary>
    public string Name { get; }

    /// <summary>This process's rank; <see cref="Rank.None"/> for a client.</summary>
    public Rank Self => _node.Rank;

    /// <summary>The group as it is now; empty with version 0 before the first modification.</summary>
    public PrimaryRanks Ranks => Volatile.Read(ref _ranks);

    /// <summary>Changes the members, all or nothing, and tells the subscribers who joined and who left.</summary>
    /// <param name="version">Above the present one.</param>
    /// <param name="change">What to do with the members given.</param>
    /// <param name="members">Each rank once.</param>
    /// <returns>
    /// DER_ALREADY: the group has this version. DER_GRPVER: it has a newer one. DER_INVAL: a rank twice, no rank, or more than
    /// <see cref="GroupLimits.RanksMax"/>.
    /// </returns>
    public DerCode Modify(uint version, GroupChange change, IReadOnlyList<GroupMember> members)
    {
        _owner.Assert();
        PrimaryRanks before = _ranks;
        if (version <= before.Version)
        {
            return version == before.Version ? DerCode.Already : DerCode.GroupVersion;
        }

        if (!IsUnique(members) || (change != GroupChange.Remove && members.Count + (change == GroupChange.Add ? before.Count : 0) > GroupLimits.RanksMax))
        {
            return DerCode.Invalid;
        }

        Apply(change, members);
        GroupMember[] sorted = [.. _members.Values.OrderBy(static m => m.Rank.Value)];
        var after = new PrimaryRanks(version, sorted);
        _node.PublishRanks(sorted.Select(static m => new KeyValuePair<Rank, TransportUri>(m.Rank, m.Uri)));
        Volatile.Write(ref _ranks, after);
        foreach (SecondaryGroup secondary in _secondaries)
        {
            secondary.PrimaryChanged(after);
        }

        TellChanges(before, after);
        return DerCode.Success;
    }

    /// <summary>Adds a secondary group, which every process has to add under the same number.</summary>
    /// <param name="id">Its number on the wire, not 0.</param>
    /// <param name="name">For logs.</param>
    /// <param name="version">Its first version.</param>
    /// <param name="ranks">By secondary rank from 0: the primary rank.</param>
    /// <returns>DER_INVAL (number 0, a rank twice), DER_EXIST, DER_OOG (a rank is not in the primary group), DER_AGAIN (too many).</returns>
    public DerResult<SecondaryGroup> AddSecondary(uint id, string name, uint version, IReadOnlyList<Rank> ranks)
    {
        _owner.Assert();
        if (id == 0)
        {
            return DerCode.Invalid;
        }

        if (Find(id) is not null)
        {
            return DerCode.Exists;
        }

        if (_secondaries.Length == GroupLimits.SecondariesMax)
        {
            return DerCode.Again;
        }

        var secondary = new SecondaryGroup(this, _owner, id, name);
        DerCode code = secondary.Modify(version, GroupChange.Replace, [.. ranks.Select(static (rank, i) => new SecondaryMember(new Rank((uint)i), rank))]);
        if (code.IsError)
        {
            return code;
        }

        Volatile.Write(ref _secondaries, [.. _secondaries, secondary]);
        return secondary;
    }

    /// <summary>Forgets a secondary group; false when it is not there.</summary>
    public bool RemoveSecondary(SecondaryGroup secondary)
    {
        _owner.Assert();
        int before = _secondaries.Length;
        Volatile.Write(ref _secondaries, [.. _secondaries.Where(s => s != secondary)]);
        return _secondaries.Length < before;
    }

    /// <summary>The secondary group with this number, or null. Any thread.</summary>
    public SecondaryGroup? Find(uint id)
    {
        foreach (SecondaryGroup secondary in Volatile.Read(ref _secondaries))
        {
            if (secondary.Id == id)
            {
                return secondary;
            }
        }

        return null;
    }

    /// <summary>The ranks of a group as they are now: 0 is the primary group. Null when the number is not known. Any thread.</summary>
    public GroupRanks? RanksOf(uint groupId) => groupId == 0 ? Ranks : Find(groupId)?.Ranks;

    /// <summary>
    /// Where a rank's tag is called; DER_OOG when the rank is not in the group. On the loop of a context of this group's process. The address
    /// of a tag other than 0 is asked of the rank itself by the first call.
    /// </summary>
    public DerResult<RpcEndpoint> EndpointOf(RpcContext context, Rank rank, ushort tag) =>
        Ranks.Contains(rank) ? context.EndpointOf(rank, tag) : DerCode.Oog;

    /// <summary>Tells all subscribers. Any thread.</summary>
    public void Publish(MembershipEvent membership)
    {
        foreach (MembershipSubscription subscription in Volatile.Read(ref _subscriptions))
        {
            subscription.Enqueue(membership);
        }
    }

    /// <summary>
    /// Posts events again whose subscriber's inbox was full when they came. Any thread; called now and then (the failure detector does).
    /// </summary>
    public void Redeliver()
    {
        foreach (MembershipSubscription subscription in Volatile.Read(ref _subscriptions))
        {
            subscription.Repost();
        }
    }

    private static bool IsUnique(IReadOnlyList<GroupMember> members)
    {
        HashSet<uint> seen = [];
        foreach (GroupMember member in members)
        {
            if (member.Rank == Rank.None || !seen.Add(member.Rank.Value))
            {
                return false;
            }
        }

        return true;
    }

    private void Apply(GroupChange change, IReadOnlyList<GroupMember> members)
    {
        if (change == GroupChange.Replace)
        {
            _members.Clear();
        }

        foreach (GroupMember member in members)
        {
            if (change == GroupChange.Remove)
            {
                _members.Remove(member.Rank.Value);
            }
            else
            {
                _members[member.Rank.Value] = member;
            }
        }
    }

    private void TellChanges(PrimaryRanks before, PrimaryRanks after)
    {
        foreach (GroupMember member in before.Members)
        {
            if (!after.Contains(member.Rank))
            {
                Tell(member, MembershipKind.Dead, after.Version);
            }
        }

        foreach (GroupMember member in after.Members)
        {
            if (before.Find(member.Rank) is not { } old || old.Incarnation != member.Incarnation)
            {
                Tell(member, MembershipKind.Alive, after.Version);
            }
        }
    }

    private void Tell(GroupMember member, MembershipKind kind, uint version) =>
        Publish(new MembershipEvent(member.Rank, member.Incarnation, MembershipSource.GroupModification, kind, version));
}
