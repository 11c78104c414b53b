using Daos.Fabric.Rpc.Groups;
using Daos.Fabric.Rpc.Swim;
using Daos.Fabric.Simulation.Tests.Ranks;

namespace Daos.Fabric.Simulation.Tests.Swim;

/// <summary>The failure detector over real RPC between simulated machines, and the events that subscribers get.</summary>
public sealed class SwimServiceTests
{
    private const long Second = 1_000_000_000;

    [Fact]
    [Trait("Id", "SWIM")]
    public void Crash_AndRestart_EverybodyIsToldOnItsOwnThread()
    {
        using var ranks = new RankWorld(1, 6);
        List<SwimService> swims = [.. ranks.Ranks.Select(r => Start(ranks, r))];
        ranks.FormGroup();
        ranks.World.RunFor(10 * Second);
        ranks.Ranks[4].Node.Crash(CrashKind.Process);
        ranks.World.RunFor(60 * Second);
        Assert.All(ranks.Live, r => Assert.Equal([MembershipKind.Dead], SwimEvents(r, 4)));
        Assert.All(ranks.Live, r => Assert.DoesNotContain(r.Events, e => e.Source == MembershipSource.Swim && e.Rank.Value != 4));
        Assert.All(ranks.Live, r => Assert.Equal(5, swims[(int)r.Rank.Value].UpCount));

        SimulatedRank again = ranks.Restart(4);
        swims[4] = Start(ranks, again);
        ranks.On(again, () => again.Group.Modify(1, GroupChange.Replace, ranks.Members));
        ranks.World.RunFor(60 * Second);
        Assert.All(ranks.Live.Where(r => r != again), r => Assert.Equal([MembershipKind.Dead, MembershipKind.Alive], SwimEvents(r, 4)));
        Assert.All(swims, s => Assert.Equal(6, s.UpCount));
        Assert.All(ranks.Live, r => Assert.Equal(0, r.Context.CallsRented));
    }

    [Fact]
    [Trait("Id", "SWIM")]
    public void Loss_OfTwentyPercentOfRealMessages_NobodyLiveStaysExcluded()
    {
        for (ulong seed = 10; seed < 20; seed++)
        {
            using var ranks = new RankWorld(seed, 3 + (int)(seed % 10));
            List<SwimService> swims = [.. ranks.Ranks.Select(r => Start(ranks, r))];
            ranks.Faults.ForEach(f => f.Arm(FaultPoint.RpcRequestDropped, 0.2));
            ranks.FormGroup();
            ranks.World.RunFor(120 * Second);
            Assert.All(swims, s => Assert.Equal(ranks.Ranks.Count, s.UpCount));
            Assert.True(swims.Sum(s => s.Statistics.PingRequests) > 0);
        }
    }

    [Fact]
    public void ClockFarAhead_IsNotDeath()
    {
        using var ranks = new RankWorld(3, 4);
        ranks.Ranks[2].Node.Clock.SkewNs = 3_600 * Second;
        List<SwimService> swims = [.. ranks.Ranks.Select(r => Start(ranks, r))];
        ranks.FormGroup();
        ranks.World.RunFor(60 * Second);
        Assert.All(swims, s => Assert.Equal(4, s.UpCount));
        Assert.Equal(0, swims.Sum(s => s.Statistics.Suspicions));
        Assert.True(ranks.Ranks[0].Context.Statistics.ClockRejections > 0);
    }

    [Fact]
    public void Excluded_LearnsItFromTheOthersOnce()
    {
        using var ranks = new RankWorld(4, 4);
        ranks.Ranks.ForEach(r => Start(ranks, r));
        ranks.FormGroup();
        ranks.World.RunFor(10 * Second);
        foreach (SimulatedRank rank in ranks.Ranks.Where(r => r.Rank.Value != 2))
        {
            ranks.On(rank, () => Assert.Equal(DerCode.Success, rank.Group.Modify(2, GroupChange.Remove, [ranks.Ranks[2].Member])));
        }

        ranks.World.RunFor(30 * Second);
        MembershipEvent told = Assert.Single(ranks.Ranks[2].Events, e => e.Rank.Value == 2 && e.Kind == MembershipKind.Dead);
        Assert.Equal((MembershipSource.GroupModification, 2u), (told.Source, told.GroupVersion));
        Assert.All(ranks.Ranks.Where(r => r.Rank.Value != 2), r => Assert.Contains(r.Events, e => e.Rank.Value == 2 && e.Source == MembershipSource.GroupModification && e.Kind == MembershipKind.Dead));
    }

    [Fact]
    public void SameSeed_SameEvents()
    {
        Assert.Equal(HashOf(7), HashOf(7));
        Assert.NotEqual(HashOf(7), HashOf(8));
    }

    private static ulong HashOf(ulong seed)
    {
        using var ranks = new RankWorld(seed, 5);
        ranks.Ranks.ForEach(r => Start(ranks, r));
        ranks.FormGroup();
        ranks.World.RunFor(10 * Second);
        ranks.Ranks[1].Node.Crash(CrashKind.Process);
        ranks.World.RunFor(40 * Second);
        return ranks.World.Hash.Value;
    }

    private static SwimService Start(RankWorld ranks, SimulatedRank rank)
    {
        var swim = new SwimService(rank.Context, rank.Group, rank.Hlc, new SwimOptions(), ranks.Random.Fork());
        ranks.On(rank, swim.Start);
        return swim;
    }

    private static IEnumerable<MembershipKind> SwimEvents(SimulatedRank rank, uint about) =>
        rank.Events.Where(e => e.Source == MembershipSource.Swim && e.Rank.Value == about).Select(e => e.Kind);
}
