using System.Globalization;
using Daos.Fabric.TestKit.Runs;

namespace Daos.Fabric.Rpc.Tests.Kills;

/// <summary>
/// A peer is killed (SIGKILL) while every kind of operation with it is under way, in both directions: every call ends with a typed error
/// within its deadline, nothing leaks, and memory given to the network is not touched once its completion was told. A unit is eight kills.
/// </summary>
[Collection(KillLeftBehind.Name)]
public sealed class KillMatrixTests(ITestOutputHelper output)
{
    private const int KillsPerUnit = 8;

    public static TheoryData<string> Providers => [.. KillProvider.All.Select(p => p.Name)];

    [Theory]
    [MemberData(nameof(Providers))]
    [Trait("Id", "KILL")]
    public void Kill9_InTheMiddleOfEveryKind_CallsEndTypedAndNothingLeaks(string name)
    {
        KillProvider provider = KillProvider.Of(name);
        Assert.SkipUnless(provider.IsAvailable(out string reason), reason);
        var run = new SeededRun("KILL", name, t0: 5, t1: 25, output.WriteLine, seed: 100);
        long slowestNs = 0;
        run.Run((seed, counts) =>
        {
            (int, int) before = KillLeftBehind.Count();
            slowestNs = Math.Max(slowestNs, RunOnce(provider, seed, counts));
            Assert.Equal(before, KillLeftBehind.Count());
            counts.Add("leaked", 0);
        });
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: the slowest call that a kill ended took {slowestNs / 1e6:0.0} ms"));
        Assert.All(Enum.GetValues<KillKind>(), kind => Assert.True(
            !run.IsComplete || run.Counts[Label(kind)] >= run.Units * KillsPerUnit, $"{run.Counts[Label(kind)]} kills in the middle of {kind}"));
    }

    /// <summary>The oracles themselves: each plant must fail the run.</summary>
    [Theory]
    [InlineData("a call that is never freed")]
    [InlineData("memory that is written after it was given back")]
    [InlineData("a bulk region that is never freed")]
    public void Kill9_WithALeakPlanted_TheOraclesNotice(string plant)
    {
        using var round = new KillRound(KillProvider.Of("unix"), 7) { Plant = rank => Break(rank, plant) };
        Exception? noticed = Record.Exception(round.Run);
        Assert.NotNull(noticed);
        output.WriteLine(noticed.Message);
        string expected = plant.StartsWith("a call", StringComparison.Ordinal) ? "1 calls" : plant.StartsWith("memory", StringComparison.Ordinal) ? "blocks changed" : "1 bulk regions";
        Assert.Contains(expected, noticed.Message, StringComparison.Ordinal);
    }

    private static long RunOnce(KillProvider provider, ulong seed, RunCounts counts)
    {
        using var round = new KillRound(provider, seed);
        round.Run();
        counts.Add("kills", round.Kills);
        foreach ((KillKind kind, int count) in round.InTheMiddle)
        {
            counts.Add(Label(kind), count);
        }

        return round.SlowestNs;
    }

    private static string Label(KillKind kind) => kind switch
    {
        KillKind.Send => "send",
        KillKind.Reply => "reply",
        KillKind.Put => "put",
        KillKind.Get => "get",
        KillKind.Forward => "forward",
        _ => "collective",
    };

    private static unsafe void Break(KillRank rank, string plant)
    {
        using OwnerThread.EnterScope scope = rank.Loop.Enter();
        if (plant.StartsWith("a call", StringComparison.Ordinal))
        {
            rank.Context.RentCall();
        }
        else if (plant.StartsWith("memory", StringComparison.Ordinal))
        {
            NativeBlock block = rank.Service.Memory.Take();
            rank.Service.Memory.Return(block);
            block.Span[1_000] = 1;
        }
        else
        {
            NativeBlock block = rank.Service.Memory.Take();
            rank.Context.TryRentBulk([new Rpc.Bulk.BulkSegment(block.Address, 100)], MemoryAccess.RemoteRead);
            rank.Service.Memory.Return(block);
        }
    }
}
