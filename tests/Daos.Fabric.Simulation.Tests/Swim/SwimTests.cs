using Daos.Fabric.Rpc.Swim;

namespace Daos.Fabric.Simulation.Tests.Swim;

/// <summary>
/// The failure detector against an oracle that knows who is dead: bounds are computed here from the parameters, and each oracle fails
/// when the mechanism that it watches is taken out.
/// </summary>
public sealed class SwimTests(ITestOutputHelper output)
{
    private const ulong FirstSeed = 100;
    private const int Seeds = 100;
    private const long Second = SwimWorld.Second;

    private static readonly SwimOptions s_options = new();

    [Fact]
    [Trait("Id", "SWIM")]
    public void Run_HundredSeedsWithDeaths_DetectedWithinBoundsAndNobodyElse()
    {
        long slowestNs = 0;
        int deaths = 0;
        for (ulong seed = FirstSeed; seed < FirstSeed + Seeds; seed++)
        {
            SwimWorld world = Build(seed);
            List<int> victims = KillSome(world, atNs: 10 * Second);
            long killedNs = world.NowNs;
            world.RunFor(DetectionNs(world, loss: false));
            slowestNs = Math.Max(slowestNs, CheckDetected(world, victims, seed) - killedNs);
            CheckNoLiveRankDied(world, seed);
            CheckNotBefore(world, killedNs + s_options.SuspicionTimeoutNs, seed);
            deaths += victims.Count;
        }

        output.WriteLine($"SWIM: seeds={Seeds} deaths={deaths} slowest_s={slowestNs / Second} false_deaths=0");
    }

    [Fact]
    [Trait("Id", "SWIM")]
    public void Run_HundredSeedsWithTwentyPercentLoss_NobodyLiveStaysExcluded()
    {
        int excluded = 0;
        long messages = 0;
        for (ulong seed = FirstSeed; seed < FirstSeed + Seeds; seed++)
        {
            SwimWorld world = Build(seed);
            world.Faults.LossChance = 0.2;
            excluded += RunLossy(world, seed);
            messages += world.Messages;
        }

        output.WriteLine($"SWIM: seeds={Seeds} loss_percent=20 messages={messages} excluded_for_a_while={excluded} stayed_excluded=0");
    }

    [Fact]
    [Trait("Id", "SWIM")]
    public void Run_WithoutRefutation_TheLossOracleNotices()
    {
        int noticed = 0;
        for (ulong seed = FirstSeed; seed < FirstSeed + 10; seed++)
        {
            SwimWorld world = Build(seed);
            world.Faults.LossChance = 0.2;
            world.Refutes = false;
            noticed += Record.Exception(() => RunLossy(world, seed)) is Xunit.Sdk.XunitException ? 1 : 0;
        }

        Assert.Equal(10, noticed);
    }

    [Fact]
    [Trait("Id", "SWIM")]
    public void Run_HundredSeedsWithDoubledAndOvertakenMessages_NobodyIsHeldDead()
    {
        long doubled = 0;
        long overtaken = 0;
        for (ulong seed = FirstSeed; seed < FirstSeed + Seeds; seed++)
        {
            SwimWorld world = Build(seed);
            world.Faults.DuplicateChance = 0.1;
            world.Faults.ReorderChance = 0.2;
            world.Faults.HeldMaxNs = 100_000_000;
            world.RunFor(120 * Second);
            CheckNoLiveRankDied(world, seed);
            Assert.All(world.Nodes, n => Assert.Equal(world.Nodes.Count, n.Protocol.UpCount));
            doubled += world.Faults.Duplicated;
            overtaken += world.Faults.Reordered;
        }

        Assert.True(doubled > 1000 && overtaken > 2000);
        output.WriteLine($"SWIM: seeds={Seeds} doubled={doubled} overtaken={overtaken} false_deaths=0");
    }

    [Fact]
    [Trait("Id", "SWIM")]
    public void Run_HundredSeedsWithOneLinkCut_NobodyIsEvenSuspected()
    {
        for (ulong seed = FirstSeed; seed < FirstSeed + Seeds; seed++)
        {
            RunWithOneLinkCut(Build(seed), seed);
        }
    }

    [Fact]
    [Trait("Id", "SWIM")]
    public void Run_WithoutIndirectPings_TheLinkOracleNotices()
    {
        int noticed = 0;
        for (ulong seed = FirstSeed; seed < FirstSeed + 10; seed++)
        {
            SwimWorld world = Build(seed, s_options with { SubgroupSize = 0 });
            noticed += Record.Exception(() => RunWithOneLinkCut(world, seed)) is Xunit.Sdk.XunitException ? 1 : 0;
        }

        Assert.Equal(10, noticed);
    }

    [Fact]
    [Trait("Id", "SWIM")]
    public void Run_HundredSeedsPartitioned_HealWithinBounds()
    {
        long slowestNs = 0;
        for (ulong seed = FirstSeed; seed < FirstSeed + Seeds; seed++)
        {
            SwimWorld world = Build(seed);
            int left = 1 + world.Random.Next(world.Nodes.Count - 1);
            ForEachPair(world, left, (a, b) => world.Cut(a, b));
            world.RunFor(DetectionNs(world, loss: false) + (60 * Second));
            world.HealAll();
            long healedNs = world.NowNs;

            // Each rank pings one dead rank in so many periods; three such turns and the time for the news.
            world.RunFor((3 * s_options.DeadProbePeriods * s_options.ProtocolPeriodNs) + NewsNs(world.Nodes.Count));
            Assert.All(world.Nodes, n => Assert.True(n.Protocol.UpCount == world.Nodes.Count, $"seed {seed}: rank {n.Rank} of {world.Nodes.Count} sees {n.Protocol.UpCount} up"));
            slowestNs = Math.Max(slowestNs, world.Changes.Count == 0 ? 0 : world.Changes[^1].AtNs - healedNs);
        }

        output.WriteLine($"SWIM: seeds={Seeds} partitions={Seeds} slowest_heal_s={slowestNs / Second}");
    }

    [Fact]
    public void Isolated_HoldsItsOwnNetworkGuilty_BuriesNobody()
    {
        var world = new SwimWorld(1, 8);
        world.RunFor(10 * Second);
        for (int rank = 1; rank < 8; rank++)
        {
            world.Cut(0, rank);
        }

        world.RunFor(300 * Second);
        Assert.DoesNotContain(world.Changes, c => c.Observer == 0 && c.Status == SwimStatus.Dead);
        Assert.True(world.Nodes[0].Protocol.Statistics.Outages > 0);
        Assert.All(world.Nodes.Skip(1), n => Assert.Equal(SwimStatus.Dead, n.Views[0]));
        world.HealAll();
        world.RunFor(30 * Second);
        Assert.All(world.Nodes, n => Assert.Equal(8, n.Protocol.UpCount));
    }

    [Fact]
    public void Stopped_ForLessThanTheSuspicionTimeout_NobodyDies()
    {
        var world = new SwimWorld(2, 8);
        world.RunFor(10 * Second);
        world.Nodes[3].StoppedUntilNs = world.NowNs + (15 * Second);
        world.RunFor(60 * Second);
        Assert.Contains(world.Changes, c => c.Subject == 3 && c.Status == SwimStatus.Suspect);
        Assert.DoesNotContain(world.Changes, c => c.Status == SwimStatus.Dead);
        Assert.True(world.Nodes[3].Protocol.Statistics.Stalls > 0);
        Assert.True(world.Nodes[3].Protocol.Statistics.Refutations > 0);
        Assert.All(world.Nodes, n => Assert.Equal(8, n.Protocol.UpCount));
    }

    [Fact]
    public void SlowNetwork_DoublesTimeouts_AndTakesThemBack()
    {
        var world = new SwimWorld(3, 8);
        world.Network.Options.DelayMinNs = 700_000_000;
        world.Network.Options.DelayMaxNs = 1_100_000_000;
        world.RunFor(600 * Second);
        Assert.DoesNotContain(world.Changes, c => c.Status == SwimStatus.Dead);
        Assert.All(world.Nodes, n => Assert.InRange(n.Protocol.Timeouts.Doublings, 1, SwimLimits.DoublingsMax));
        world.Network.Options.DelayMinNs = 50_000;
        world.Network.Options.DelayMaxNs = 2_000_000;
        world.RunFor(40_000 * Second);
        Assert.All(world.Nodes, n => Assert.Equal(0, n.Protocol.Timeouts.Doublings));
        Assert.All(world.Nodes, n => Assert.Equal(s_options.PingTimeoutNs, n.Protocol.Timeouts.PingNs));
    }

    private static SwimWorld Build(ulong seed, SwimOptions? options = null) => new(seed, 3 + (int)((seed - FirstSeed) % 30), options);

    // The one that nobody chose to ping for so long has a chance of e^-12; a failed probe takes three ping timeouts.
    private static long DetectionNs(SwimWorld world, bool loss)
    {
        long ns = (12 * s_options.ProtocolPeriodNs) + (3 * s_options.PingTimeoutNs) + s_options.SuspicionTimeoutNs
            + s_options.PingTimeoutNs + NewsNs(world.Nodes.Count);
        return loss ? 2 * ns : ns;
    }

    // Gossip doubles its audience every period or so.
    private static long NewsNs(int ranks) => 4 * (1 + System.Numerics.BitOperations.Log2((uint)ranks)) * s_options.ProtocolPeriodNs;

    private static List<int> KillSome(SwimWorld world, long atNs)
    {
        world.RunFor(atNs);
        int count = 1 + world.Random.Next(Math.Max(1, world.Nodes.Count / 4));
        while (world.Nodes.Count(n => !n.IsAlive) < count)
        {
            world.Nodes[world.Random.Next(world.Nodes.Count)].IsAlive = false;
        }

        return [.. world.Nodes.Where(n => !n.IsAlive).Select(n => n.Rank)];
    }

    private static long CheckDetected(SwimWorld world, List<int> victims, ulong seed)
    {
        Assert.All(world.Live, n => Assert.All(victims, v =>
            Assert.True(n.Views[v] == SwimStatus.Dead, $"seed {seed}: rank {n.Rank} of {world.Nodes.Count} holds the dead {v} {n.Views[v]}")));
        return world.Changes.Where(c => c.Status == SwimStatus.Dead && world.Nodes[c.Observer].IsAlive).Max(c => c.AtNs);
    }

    private static void CheckNoLiveRankDied(SwimWorld world, ulong seed) =>
        Assert.DoesNotContain(world.Changes, c => c.Status == SwimStatus.Dead && world.Nodes[c.Subject].IsAlive && Fail(seed, c));

    private static void CheckNotBefore(SwimWorld world, long earliestNs, ulong seed) =>
        Assert.DoesNotContain(world.Changes, c => c.Status == SwimStatus.Dead && c.AtNs < earliestNs && Fail(seed, c));

    private static bool Fail(ulong seed, SwimChange change) => throw new Xunit.Sdk.XunitException($"seed {seed}: {change}");

    // Two minutes of loss, then some die while it goes on. Returns how often a live rank was held dead for a while.
    private static int RunLossy(SwimWorld world, ulong seed)
    {
        world.RunFor(120 * Second);
        List<int> victims = KillSome(world, atNs: 0);
        world.RunFor(DetectionNs(world, loss: true));
        CheckDetected(world, victims, seed);
        int excluded = 0;
        foreach (SwimNode observer in world.Live)
        {
            foreach (SwimNode subject in world.Live)
            {
                excluded += CheckComesBack(world, observer.Rank, subject.Rank, seed);
            }
        }

        return excluded;
    }

    private static int CheckComesBack(SwimWorld world, int observer, int subject, ulong seed)
    {
        const long LimitNs = 40 * Second;
        long? diedNs = null;
        int deaths = 0;
        foreach (SwimChange change in world.Changes.Where(c => c.Observer == observer && c.Subject == subject).Append(new SwimChange(world.NowNs, observer, subject, SwimStatus.Alive)))
        {
            Assert.True(diedNs is null || change.AtNs - diedNs < LimitNs, $"seed {seed}: rank {observer} held the live {subject} dead from {diedNs} to {change.AtNs}");
            diedNs = change.Status == SwimStatus.Dead ? change.AtNs : null;
            deaths += diedNs is null ? 0 : 1;
        }

        return deaths;
    }

    private static void RunWithOneLinkCut(SwimWorld world, ulong seed)
    {
        int left = world.Random.Next(world.Nodes.Count);
        int right = (left + 1 + world.Random.Next(world.Nodes.Count - 1)) % world.Nodes.Count;
        world.Cut(left, right);
        world.RunFor(120 * Second);
        Assert.True(world.Changes.Count == 0, $"seed {seed}: {(world.Changes.Count == 0 ? default : world.Changes[0])}");
    }

    private static void ForEachPair(SwimWorld world, int left, Action<int, int> action)
    {
        for (int a = 0; a < left; a++)
        {
            for (int b = left; b < world.Nodes.Count; b++)
            {
                action(a, b);
            }
        }
    }
}
