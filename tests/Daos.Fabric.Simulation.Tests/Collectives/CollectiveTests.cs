using Daos.Fabric.Rpc;
using Daos.Fabric.Rpc.Collectives;
using Daos.Fabric.Rpc.Groups;
using Daos.Fabric.Simulation.Tests.Ranks;

namespace Daos.Fabric.Simulation.Tests.Collectives;

/// <summary>Collective requests over real RPC between simulated machines.</summary>
public sealed class CollectiveTests(ITestOutputHelper output) : IDisposable
{
    private const long Second = 1_000_000_000;

    private RankWorld _ranks = null!;
    private List<CollectiveService> _services = [];
    private List<SumOperation> _operations = [];
    private readonly ReplyRoom _reply = new();

    public void Dispose() => _ranks?.Dispose();

    [Theory]
    [InlineData(TreeKind.Kary, 2)]
    [InlineData(TreeKind.Knomial, 2)]
    [InlineData(TreeKind.Knomial, 4)]
    [Trait("Id", "bcast-64")]
    public void Broadcast_Over64Ranks_EachOnceInLogarithmicDepth(TreeKind kind, int ratio)
    {
        Build(1, 64);
        foreach (int root in new[] { 0, 17, 63 })
        {
            _operations.ForEach(o => o.Ran.Clear());
            CollectiveResult result = Broadcast(root, Call() with { Topology = new TreeTopology(kind, ratio) }, 1);
            Assert.Equal((DerCode.Success, 64, 0), (result.Code, result.Reached, result.Failed));
            Assert.Equal((63 * 64 / 2) + 64, SumOperation.SumOf(_reply));
            Assert.All(_operations, o => Assert.Single(o.Ran));
            int depth = Enumerable.Range(0, 64).Max(DepthOf);
            int limit = (int)Math.Ceiling(Math.Log(64, ratio));
            output.WriteLine($"bcast-64: tree={kind} ratio={ratio} root={root} ranks=64 once=1 depth={depth} limit={limit}");
            Assert.InRange(depth, 1, limit);
        }
    }

    [Fact]
    public void Broadcast_Flat_ReachesAllFromTheRoot()
    {
        Build(2, 9);
        CollectiveResult result = Broadcast(4, Call() with { Topology = new TreeTopology(TreeKind.Flat) }, 0);
        Assert.Equal((DerCode.Success, 36L), (result.Code, SumOperation.SumOf(_reply)));
        Assert.All(_operations, o => Assert.True(DepthOf(_operations.IndexOf(o)) <= 1));
        Assert.All(_operations, o => Assert.Equal(1, o.Replied));
    }

    [Fact]
    public void Filter_ExcludesOrIncludes_TheRootHandsOnEvenWhenItIsNotMeant()
    {
        Build(3, 12);
        Rank[] some = [new Rank(0), new Rank(5), new Rank(11)];
        CollectiveResult without = Broadcast(5, Call() with { Filter = some }, 0);
        Assert.Equal((DerCode.Success, 9, 66L - 16), (without.Code, without.Reached, SumOperation.SumOf(_reply)));
        CollectiveResult only = Broadcast(7, Call() with { Filter = some, Flags = CollectiveFlags.FilterIncludes }, 0);
        Assert.Equal((DerCode.Success, 3, 16L), (only.Code, only.Reached, SumOperation.SumOf(_reply)));
        Assert.Equal([0u, 5, 11], Enumerable.Range(0, 12).Where(i => _operations[i].Ran.Exists(r => r.Root.Value == 7)).Select(i => (uint)i));
        CollectiveResult outside = Broadcast(7, Call() with { Filter = [new Rank(99)], Flags = CollectiveFlags.FilterIncludes }, 0);
        Assert.Equal(DerCode.Oog, outside.Code);
        CollectiveResult nobody = Broadcast(7, Call() with { Filter = [.. Enumerable.Range(0, 12).Select(i => new Rank((uint)i))] }, 0);
        Assert.Equal((DerCode.Success, 0), (nobody.Code, nobody.Reached));
    }

    [Fact]
    public void SecondaryGroup_OnlyItsRanksRunIt()
    {
        Build(4, 8);
        foreach (SimulatedRank rank in _ranks.Ranks)
        {
            _ranks.On(rank, () => Assert.True(rank.Group.AddSecondary(3, "pool", 1, [new Rank(6), new Rank(2), new Rank(4)]).IsSuccess));
        }

        CollectiveResult result = Broadcast(2, Call() with { GroupId = 3 }, 0);
        Assert.Equal((DerCode.Success, 3, 12L), (result.Code, result.Reached, SumOperation.SumOf(_reply)));
        Assert.Equal(DerCode.Oog, Broadcast(1, Call() with { GroupId = 3 }, 0).Code);
        Assert.Equal(DerCode.Nonexist, Broadcast(1, Call() with { GroupId = 4 }, 0).Code);
    }

    [Fact]
    public void DeadChild_TheOthersStillRun_AndTheRootHearsHowManyDidNot()
    {
        Build(5, 16);
        _ranks.Ranks[8].Node.Crash(CrashKind.Process);
        CollectiveResult result = Broadcast(0, Call() with { Topology = new TreeTopology(TreeKind.Knomial, 2) }, 0);
        Assert.Equal((DerCode.CorpcIncomplete, 8, 8), (result.Code, result.Reached, result.Failed));
        Assert.Equal((new Rank(8), DerCode.Unreachable), (result.FailedRank, result.FailedCode));
        Assert.Equal(28, SumOperation.SumOf(_reply));
        Assert.All(_operations[..8], o => Assert.Single(o.Ran));
        Assert.All(_operations[8..], o => Assert.Empty(o.Ran));
    }

    [Fact]
    public void FailOut_NobodyRunsItAboveTheDead()
    {
        Build(6, 16);
        _ranks.Ranks[6].Node.Crash(CrashKind.Process);
        CollectiveResult result = Broadcast(0, Call() with { Topology = new TreeTopology(TreeKind.Knomial, 2), Flags = CollectiveFlags.FailOut }, 0);

        // 6 and its child 7 are gone; 4 and 0 are above them.
        Assert.Equal((DerCode.CorpcIncomplete, 12, 4), (result.Code, result.Reached, result.Failed));
        Assert.Equal([0, 4, 6, 7], Enumerable.Range(0, 16).Where(i => _operations[i].Ran.Count == 0));
    }

    [Fact]
    public void HungRank_IsReportedByItsParentBeforeTheRootsDeadline()
    {
        Build(7, 8);
        _operations[7].Hangs = true;
        long startNs = _ranks.World.NowNs;
        CollectiveResult result = Broadcast(0, Call() with { Topology = new TreeTopology(TreeKind.Knomial, 2) }, 0, startNs + (8 * Second));
        Assert.Equal((DerCode.CorpcIncomplete, 7, 1, new Rank(7), DerCode.TimedOut), (result.Code, result.Reached, result.Failed, result.FailedRank, result.FailedCode));
        Assert.True(_ranks.World.NowNs - startNs < 8 * Second);
    }

    [Fact]
    public void OtherVersion_TheRootHearsGrpver_AndTryingAgainAtTheNewOneWorks()
    {
        Build(8, 8);
        SimulatedRank ahead = _ranks.Ranks[6];
        _ranks.On(ahead, () => ahead.Group.Modify(2, GroupChange.Remove, [_ranks.Ranks[7].Member]));
        CollectiveResult result = Broadcast(0, Call() with { Topology = new TreeTopology(TreeKind.Knomial, 2) }, 0);
        Assert.Equal((DerCode.GroupVersion, 6, 2), (result.Code, result.Reached, result.Failed));
        Assert.Empty(_operations[6].Ran);
        Assert.Equal(1, _services[6].Statistics.VersionsDiffered);
        foreach (SimulatedRank rank in _ranks.Ranks.Where(r => r != ahead))
        {
            _ranks.On(rank, () => rank.Group.Modify(2, GroupChange.Remove, [_ranks.Ranks[7].Member]));
        }

        Assert.Equal((DerCode.Success, 7), (Broadcast(0, Call(), 0).Code, _operations.Sum(o => o.Ran.Count) - 6));
    }

    [Fact]
    public void FailureOfAPart_IsTheResult_AndARefusalBeforeForwardingStopsThePartBelow()
    {
        Build(9, 8);
        _operations[5].Code = DerCode.Busy;
        CollectiveResult result = Broadcast(0, Call(), 0);
        Assert.Equal((DerCode.Busy, 8, 0, new Rank(5)), (result.Code, result.Reached, result.Failed, result.FailedRank));
        _operations[5].Code = DerCode.Success;
        _operations.ForEach(o => o.Ran.Clear());
        _operations[4].CodeBefore = DerCode.NoPerm;
        result = Broadcast(0, Call() with { Topology = new TreeTopology(TreeKind.Knomial, 2) }, 0);
        Assert.Equal((DerCode.CorpcIncomplete, 4, 4, DerCode.NoPerm), (result.Code, result.Reached, result.Failed, result.FailedCode));
    }

    [Fact]
    public void Call_ThatCannotBe_IsRefused()
    {
        Build(10, 2);
        Assert.Equal(DerCode.Unregistered, Broadcast(0, new CollectiveCall(RpcOpcode.Create(1, 1, 1)), 0).Code);
        CollectiveResult result = default;
        _ranks.Run(_ranks.Ranks[0], async () => result = await _services[0].BroadcastAsync(Call(), new byte[CollectiveLimits.PayloadBytesMax + 1]));
        Assert.Equal(DerCode.Invalid, result.Code);
        Assert.Throws<InvalidOperationException>(() => _services[0].Register(_operations[0]));
    }

    [Fact]
    public void KilledAtRandom_EveryCollectiveEndsWithinItsDeadlineAndLeaksNothing()
    {
        for (ulong seed = 100; seed < 140; seed++)
        {
            Build(seed, 12);
            int victim = 1 + _ranks.Random.Next(11);
            _ranks.World.After(_ranks.Random.Next(3_000_000), () => _ranks.Ranks[victim].Node.Crash(CrashKind.Power));
            long deadlineNs = _ranks.World.NowNs + (6 * Second);
            CollectiveResult result = Broadcast(0, Call() with { Topology = new TreeTopology(TreeKind.Knomial, 2) }, 0, deadlineNs);
            Assert.True(_ranks.World.NowNs <= deadlineNs + Second, $"seed {seed}");
            Assert.True(result.Reached + result.Failed == 12, $"seed {seed}: {result}");
            Assert.All(_operations, o => Assert.True(o.Ran.Count <= 1, $"seed {seed}"));
            _ranks.World.RunFor(10 * Second);
            Assert.All(_ranks.Live, r => Assert.Equal((0, 0), (r.Context.CallsRented, r.Context.RequestsActive)));
            _ranks.Dispose();
        }
    }

    private static CollectiveCall Call() => new(SumOperation.Number);

    private void Build(ulong seed, int ranks)
    {
        _ranks = new RankWorld(seed, ranks);
        _services = [.. _ranks.Ranks.Select(r => new CollectiveService(r.Context, r.Group))];
        _operations = [.. _ranks.Ranks.Select(r => new SumOperation(r))];
        for (int i = 0; i < ranks; i++)
        {
            _services[i].Register(_operations[i]);
        }

        _ranks.FormGroup();
    }

    private CollectiveResult Broadcast(int root, CollectiveCall call, byte payload, long deadlineNs = 0)
    {
        CollectiveResult result = default;
        _ranks.Run(_ranks.Ranks[root], async () => result = await _services[root].BroadcastAsync(call, new[] { payload }, _reply, deadlineNs));
        return result;
    }

    private int DepthOf(int rank)
    {
        int depth = 0;
        for (Rank parent = _operations[rank].Ran[^1].Parent; parent != Rank.None; parent = _operations[(int)parent.Value].Ran[^1].Parent)
        {
            depth++;
        }

        return depth;
    }
}
