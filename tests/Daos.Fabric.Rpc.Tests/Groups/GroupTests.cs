using Daos.Fabric.Rpc.Groups;

namespace Daos.Fabric.Rpc.Tests.Groups;

public sealed class GroupTests
{
    private readonly SimulatedWorld _world = new(1);
    private readonly OwnerLoop _system;
    private readonly OwnerLoop _other;
    private readonly RpcNode _own = new(new Rank(0));
    private readonly PrimaryGroup _group;

    public GroupTests()
    {
        SimulatedNode node = _world.AddNode("node");
        _system = node.AddLoop("system");
        _other = node.AddLoop("other");
        _group = new PrimaryGroup(_system, "test", _own);
    }

    [Fact]
    public void Modify_AddRemoveReplace_UnderGrowingVersions()
    {
        Assert.Equal((0u, 0), (_group.Ranks.Version, _group.Ranks.Count));
        Assert.Equal(DerCode.Success, Modify(3, GroupChange.Replace, Member(5), Member(1), Member(3)));
        Assert.Equal([1u, 3, 5], Ranks());
        Assert.Equal(DerCode.Already, Modify(3, GroupChange.Add, Member(7)));
        Assert.Equal(DerCode.GroupVersion, Modify(2, GroupChange.Add, Member(7)));
        Assert.Equal(DerCode.Invalid, Modify(4, GroupChange.Add, Member(7), Member(7)));
        Assert.Equal(DerCode.Invalid, Modify(4, GroupChange.Add, new GroupMember(Rank.None, Member(1).Uri)));
        Assert.Equal((3u, 3), (_group.Ranks.Version, _group.Ranks.Count));
        PrimaryRanks kept = _group.Ranks;
        Assert.Equal(DerCode.Success, Modify(4, GroupChange.Add, Member(7), new GroupMember(new Rank(3), TransportUri.Parse("tcp://elsewhere:1"))));
        Assert.Equal([1u, 3, 5, 7], Ranks());
        Assert.Equal("tcp://elsewhere:1", _group.Ranks.Find(new Rank(3))!.Uri.ToString());
        Assert.Equal(DerCode.Success, Modify(9, GroupChange.Remove, Member(1), Member(99)));
        Assert.Equal([3u, 5, 7], Ranks());
        Assert.Equal(3, kept.Count);
        Assert.Null(_group.Ranks.Find(new Rank(1)));
        Assert.Equal(-1, _group.Ranks.IndexOf(new Rank(4)));
        Assert.Equal(2, _group.Ranks.IndexOf(new Rank(7)));
    }

    [Fact]
    public void Events_ComeInOrderOnTheSubscribersThread()
    {
        List<(string Thread, MembershipEvent Event)> told = [];
        using MembershipSubscription first = _group.Subscribe(_system, e => told.Add((OwnerThread.Current!.Name, e)));
        MembershipSubscription second = _group.Subscribe(_other, e => told.Add((OwnerThread.Current!.Name, e)));
        Modify(1, GroupChange.Replace, Member(1), Member(2));
        Modify(2, GroupChange.Replace, Member(2), Member(3));
        Assert.Empty(told);
        _world.RunFor(1_000_000);
        foreach (string thread in new[] { "system", "other" })
        {
            Assert.Equal(
                [(1u, MembershipKind.Alive, 1u), (2, MembershipKind.Alive, 1), (1, MembershipKind.Dead, 2), (3, MembershipKind.Alive, 2)],
                told.Where(t => t.Thread == thread).Select(t => (t.Event.Rank.Value, t.Event.Kind, t.Event.GroupVersion)));
        }

        second.Dispose();
        second.Dispose();
        told.Clear();
        Modify(3, GroupChange.Remove, Member(2));
        _world.RunFor(1_000_000);
        Assert.Equal(["system"], told.Select(t => t.Thread));
    }

    [Fact]
    public void Events_ThatASlowSubscriberCannotHold_AreReportedAsMissed()
    {
        List<MembershipEvent> told = [];
        _group.Subscribe(_other, told.Add);
        for (uint version = 1; version <= GroupLimits.EventsMax + 10; version++)
        {
            Modify(version, GroupChange.Replace, Member(version));
        }

        _world.RunFor(10_000_000);
        Assert.Equal(GroupLimits.EventsMax + 1, told.Count);
        Assert.Equal((MembershipKind.Missed, (uint)GroupLimits.EventsMax + 10), (told[^1].Kind, told[^1].GroupVersion));
    }

    [Fact]
    public void Events_WhenTheInboxIsFull_AreRedelivered()
    {
        List<MembershipEvent> told = [];
        OwnerLoop full = _world.Nodes[0].AddLoop("full", new OwnerLoopOptions { InboxCapacity = 2 });
        _group.Subscribe(full, told.Add);
        Assert.True(full.TryPost(new Filler()));
        Assert.True(full.TryPost(new Filler()));
        Modify(1, GroupChange.Replace, Member(1));
        _world.RunFor(1_000_000);
        Assert.Empty(told);
        _group.Redeliver();
        _world.RunFor(1_000_000);
        Assert.Single(told);
    }

    [Fact]
    public void Secondary_MapsRanksBothWays_AndLosesWhoLeavesThePrimary()
    {
        Modify(1, GroupChange.Replace, Member(10), Member(20), Member(30), Member(40));
        SecondaryGroup secondary = null!;
        _world.On(_system, () =>
        {
            Assert.Equal(DerCode.Oog, _group.AddSecondary(7, "pool", 1, [new Rank(10), new Rank(11)]).Code);
            Assert.Equal(DerCode.Invalid, _group.AddSecondary(0, "pool", 1, [new Rank(10)]).Code);
            Assert.Equal(DerCode.Invalid, _group.AddSecondary(7, "pool", 1, [new Rank(10), new Rank(10)]).Code);
            secondary = _group.AddSecondary(7, "pool", 1, [new Rank(40), new Rank(10), new Rank(30)]).Value;
            Assert.Equal(DerCode.Exists, _group.AddSecondary(7, "again", 1, []).Code);
        });
        Assert.Same(secondary, _group.Find(7));
        Assert.Same(secondary.Ranks, _group.RanksOf(7));
        Assert.Null(_group.RanksOf(8));
        Assert.Equal(new Rank(40), secondary.Ranks.ToPrimary(new Rank(0)).Value);
        Assert.Equal(new Rank(1), secondary.Ranks.ToSecondary(new Rank(10)).Value);
        Assert.Equal(DerCode.Oog, secondary.Ranks.ToPrimary(new Rank(3)).Code);
        Assert.Equal(DerCode.Oog, secondary.Ranks.ToSecondary(new Rank(20)).Code);

        Modify(2, GroupChange.Remove, Member(10));
        Assert.Equal((1u, 2u, 2), (secondary.Ranks.Version, secondary.Ranks.PrimaryVersion, secondary.Ranks.Count));
        _world.On(_system, () =>
        {
            Assert.Equal(DerCode.Already, secondary.Modify(1, GroupChange.Replace, []));
            Assert.Equal(DerCode.Success, secondary.Modify(2, GroupChange.Add, [new SecondaryMember(new Rank(5), new Rank(20))]));
            Assert.Equal(DerCode.Success, secondary.Modify(3, GroupChange.Remove, [new SecondaryMember(new Rank(0), default)]));
            Assert.Equal(DerCode.GroupVersion, secondary.Modify(2, GroupChange.Replace, []));
            Assert.Equal([20u, 30], secondary.Ranks.Ranks.ToArray().Select(r => r.Value));
            Assert.True(_group.RemoveSecondary(secondary));
            Assert.False(_group.RemoveSecondary(secondary));
        });
    }

    private static GroupMember Member(uint rank) => new(new Rank(rank), TransportUri.Parse($"tcp://10.0.0.{rank % 250}:10001"));

    private DerCode Modify(uint version, GroupChange change, params GroupMember[] members)
    {
        DerCode code = default;
        _world.On(_system, () => code = _group.Modify(version, change, members));
        return code;
    }

    private uint[] Ranks() => [.. _group.Ranks.Ranks.ToArray().Select(r => r.Value)];

    private sealed class Filler : WorkItem
    {
        protected override void Execute()
        {
        }
    }
}
