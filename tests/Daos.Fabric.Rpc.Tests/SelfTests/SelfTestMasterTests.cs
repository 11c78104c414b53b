using Daos.Fabric.Rpc.SelfTests;
using Daos.Fabric.Rpc.Tests.Bulk;

namespace Daos.Fabric.Rpc.Tests.SelfTests;

/// <summary>A rank as the caller: the client asks rank 0 to measure rank 5.</summary>
public sealed class SelfTestMasterTests
{
    private static readonly SelfTestPlan s_plan = new()
    {
        Shape = new(SelfTestTransfer.Bulk, 4096, SelfTestTransfer.Inline, 512),
        InFlight = 4,
        Repetitions = 200,
        WarmUp = 10,
    };

    [Theory]
    [InlineData(WireKind.Cross)]
    [InlineData(WireKind.Sockets)]
    public void Start_RanksOfTheSystem_GivesTheirFigures(WireKind wire)
    {
        using var ranks = new ThreeRanks(wire);
        RpcWorld world = ranks.First.World;
        RpcEndpoint master = world.Endpoint;
        ranks.Five.Options.Node!.PublishUri(1, world.Node.UriOfRank(new Rank(5))!);
        SelfTestResult? result = null;
        world.Run(async () =>
        {
            Assert.Equal(DerCode.Success, await SelfTestCalls.StartAsync(master, s_plan, [(new Rank(5), 0), (new Rank(5), 1)], 0));
            Assert.Equal(DerCode.Busy, await SelfTestCalls.StartAsync(master, s_plan, [(new Rank(5), 0)], 0));
            while (result is null)
            {
                DerResult<SelfTestResult?> status = await SelfTestCalls.StatusAsync(master, 0);
                Assert.Equal(DerCode.Success, status.Code);
                result = status.Value;
            }

            Assert.Equal(DerCode.Busy, await SelfTestCalls.StartAsync(master, s_plan, [(new Rank(5), 0)], 0));
            Assert.Equal(DerCode.Success, await SelfTestCalls.StopAsync(master, 0));
            Assert.Equal(DerCode.Nonexist, (await SelfTestCalls.StatusAsync(master, 0)).Code);
            Assert.Equal(DerCode.Nonexist, await SelfTestCalls.StopAsync(master, 0));
        });
        Assert.Equal((200, 0, 0), (result!.All.Succeeded, result.All.Failed, result.All.NotMade));
        Assert.Equal([100, 100], result.Endpoints.Select(e => e.Succeeded));
        Assert.True(result.ElapsedNs >= 0 && result.All.Deviation >= 0);
        Assert.Equal(210, ranks.Five.Statistics.BulkGets);
    }

    [Fact]
    public void Start_RankThatNobodyKnows_IsRefused()
    {
        using var ranks = new ThreeRanks(WireKind.Cross);
        RpcEndpoint master = ranks.First.World.Endpoint;
        ranks.First.World.Run(async () =>
        {
            Assert.Equal(DerCode.Oog, await SelfTestCalls.StartAsync(master, s_plan, [(new Rank(5), 0), (new Rank(9), 0)], 0));
            Assert.Equal(DerCode.Protocol, await SelfTestCalls.StartAsync(master, s_plan, [(new Rank(5), 600)], 0));
            Assert.Equal(DerCode.Protocol, await SelfTestCalls.StartAsync(master, s_plan, [], 0));
            Assert.Equal(DerCode.Protocol, await SelfTestCalls.StartAsync(master, s_plan with { Repetitions = 0 }, [(new Rank(5), 0)], 0));
            SelfTestPlan large = s_plan with { Shape = new(SelfTestTransfer.Bulk, 1 << 20, SelfTestTransfer.Empty, 0), InFlight = 5 };
            Assert.Equal(DerCode.NoMemory, await SelfTestCalls.StartAsync(master, large, [(new Rank(5), 0)], 0));
            Assert.Equal(DerCode.Nonexist, (await SelfTestCalls.StatusAsync(master, 0)).Code);
        });
    }

    [Theory]
    [InlineData(CrashKind.Process)]
    [InlineData(CrashKind.Power)]
    public void Starter_Dies_TheRunEnds(CrashKind kind)
    {
        using var ranks = new ThreeRanks(WireKind.Sockets);
        RpcWorld world = ranks.First.World;
        RpcEndpoint master = world.Endpoint;
        world.Run(async () => await SelfTestCalls.StartAsync(master, s_plan with { Repetitions = 100_000_000 }, [(new Rank(5), 0)], 0));
        world.RunUntil(() => ranks.Five.Statistics.BulkGets > 50, "calls of the master");
        Assert.True(world.Server.SelfTest!.Master.IsRunning);

        world.Crash(world.ClientNode, kind);
        world.RunUntil(() => !world.Server.SelfTest!.Master.IsRunning && ranks.Five.SelfTest!.Sessions.TakenBytes == 0, "the end of the run");
    }

    [Fact]
    public void Target_Dies_TheFiguresSaySo()
    {
        using var ranks = new ThreeRanks(WireKind.Sockets);
        RpcWorld world = ranks.First.World;
        RpcEndpoint master = world.Endpoint;
        SelfTestResult? result = null;
        world.Run(async () => await SelfTestCalls.StartAsync(master, s_plan with { Repetitions = 100_000_000 }, [(new Rank(5), 0)], 0));
        world.RunUntil(() => ranks.Five.Statistics.BulkGets > 50, "calls of the master");
        world.Crash(ranks.FiveNode, CrashKind.Process);
        world.Run(async () =>
        {
            while (result is null)
            {
                result = (await SelfTestCalls.StatusAsync(master, 0)).Value;
            }
        });
        Assert.Equal(DerCode.Unreachable, result!.All.FirstFailure);
        Assert.True(result.All.NotMade > 0);
    }
}
