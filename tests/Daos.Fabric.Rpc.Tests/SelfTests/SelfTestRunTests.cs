using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Rpc.SelfTests;

namespace Daos.Fabric.Rpc.Tests.SelfTests;

public sealed class SelfTestRunTests
{
    public static TheoryData<WireKind, SelfTestTransfer, int, SelfTestTransfer, int> Shapes()
    {
        var data = new TheoryData<WireKind, SelfTestTransfer, int, SelfTestTransfer, int>();
        (SelfTestTransfer, int)[] sides =
        [
            (SelfTestTransfer.Empty, 0), (SelfTestTransfer.Inline, 100), (SelfTestTransfer.Inline, 100_000), (SelfTestTransfer.Bulk, 7), (SelfTestTransfer.Bulk, 70_000),
        ];
        foreach (WireKind wire in Enum.GetValues<WireKind>())
        {
            foreach ((SelfTestTransfer send, int sendBytes) in sides)
            {
                foreach ((SelfTestTransfer reply, int replyBytes) in sides)
                {
                    data.Add(wire, send, sendBytes, reply, replyBytes);
                }
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Run_AnyShape_EveryCallSucceedsAndNothingStays(WireKind wire, SelfTestTransfer send, int sendBytes, SelfTestTransfer reply, int replyBytes)
    {
        using var world = new RpcWorld(wire);
        var shape = new SelfTestShape(send, sendBytes, reply, replyBytes);
        Assert.True(shape.IsValid);
        SelfTestResult result = Run(world, new SelfTestPlan { Shape = shape, InFlight = 4, Repetitions = 50, WarmUp = 5 });

        Assert.Equal((50, 0, 0), (result.All.Succeeded, result.All.Failed, result.All.NotMade));
        Assert.True(result.All.IsClean);
        Assert.True(result.All.Min <= result.All.Median && result.All.Median <= result.All.P999 && result.All.P999 <= result.All.Max);
        SelfTestSessions sessions = world.Server.SelfTest!.Sessions;
        Assert.Equal((0, 0), (sessions.Count, sessions.TakenBytes));
        long moved = 55;
        Assert.Equal(send == SelfTestTransfer.Bulk ? moved : 0, world.Server.Statistics.BulkGets);
        Assert.Equal(reply == SelfTestTransfer.Bulk ? moved : 0, world.Server.Statistics.BulkPuts);
    }

    [Fact]
    public void Run_TwoEndpoints_TakeTurns()
    {
        using var world = new RpcWorld(WireKind.Cross);
        RpcEndpoint first = world.Endpoint;
        RpcEndpoint? second = null;
        world.World.On(world.ClientLoop, () => second = world.Client.EndpointOf(world.Address, 3).Value);
        SelfTestResult? result = null;
        var plan = new SelfTestPlan { Shape = SelfTestCaller.Inline(64, 64), InFlight = 3, Repetitions = 101 };
        world.Run(async () => result = await SelfTestCaller.RunAsync(world.Client, plan, first, second!));

        Assert.Equal([51, 50], result!.Endpoints.Select(e => e.Succeeded));
        Assert.Equal(101, result.All.Succeeded);
    }

    [Theory]
    [InlineData(WireKind.Cross, CrashKind.Process)]
    [InlineData(WireKind.Sockets, CrashKind.Process)]
    [InlineData(WireKind.Sockets, CrashKind.Power)]
    public void Run_ServerDies_EndsWithTypedFailures(WireKind wire, CrashKind kind)
    {
        using var world = new RpcWorld(wire);
        RpcEndpoint endpoint = world.Endpoint;
        var plan = new SelfTestPlan { Shape = SelfTestCaller.Inline(64, 64), InFlight = 8, Repetitions = 1_000_000, CallTimeoutMs = 5_000 };
        SelfTestResult? result = null;
        RpcWorld.Running running = world.Start(async () => result = await SelfTestCaller.RunAsync(world.Client, plan, endpoint));
        world.RunUntil(() => world.Client.Statistics.CallsReplied > 100, "a hundred calls");
        world.Crash(world.ServerNode, kind);
        world.RunUntil(() => running.IsDone, "the end of the run");
        running.Throw();

        Assert.True(result!.All.Succeeded >= 99);
        Assert.InRange(result.All.Failed, 1, 8);
        Assert.Equal(1_000_000, result.All.Succeeded + result.All.Failed + result.All.NotMade);
        Assert.Contains(result.All.FirstFailure, new[] { DerCode.Unreachable, DerCode.TimedOut });
    }

    [Fact]
    public void Run_OneOfTwoDies_TheOtherGoesOn()
    {
        using var ranks = new Bulk.ThreeRanks(WireKind.Sockets);
        RpcWorld world = ranks.First.World;
        RpcEndpoint first = world.Endpoint;
        var plan = new SelfTestPlan { Shape = SelfTestCaller.Inline(64, 64), InFlight = 4, Repetitions = 2_000, CallTimeoutMs = 5_000 };
        SelfTestResult? result = null;
        RpcWorld.Running running = world.Start(async () => result = await SelfTestCaller.RunAsync(world.Client, plan, first, ranks.Third));
        world.RunUntil(() => world.Client.Statistics.CallsReplied > 100, "a hundred calls");
        world.Crash(ranks.FiveNode, CrashKind.Process);
        world.RunUntil(() => running.IsDone, "the end of the run");
        running.Throw();

        Assert.True(result!.Endpoints[0].IsClean);
        Assert.Equal(1_000, result.Endpoints[0].Succeeded);
        Assert.True(result.Endpoints[1].NotMade > 0);
    }

    [Fact]
    public void Run_NobodyThere_SaysSoAndMakesNoCall()
    {
        using var world = new RpcWorld(WireKind.Sockets);
        RpcEndpoint? nobody = null;
        world.World.On(world.ClientLoop, () => nobody = world.Client.EndpointOf(TransportUri.Parse("tcp://127.0.0.1:9"), 0).Value);
        SelfTestResult? result = null;
        var plan = new SelfTestPlan { Shape = SelfTestCaller.Empty, Repetitions = 7 };
        world.Run(async () => result = await SelfTestCaller.RunAsync(world.Client, plan, nobody!));

        Assert.Equal((0, 0, 7, DerCode.Unreachable), (result!.All.Succeeded, result.All.Failed, result.All.NotMade, result.All.FirstFailure));
    }

    [Fact]
    public void Stop_InTheMiddle_EndsAtOnce()
    {
        using var world = new RpcWorld(WireKind.Sockets);
        RpcEndpoint endpoint = world.Endpoint;
        var plan = new SelfTestPlan { Shape = new(SelfTestTransfer.Bulk, 4096, SelfTestTransfer.Bulk, 4096), InFlight = 8, Repetitions = 1_000_000 };
        SelfTestRun? run = null;
        SelfTestResult? result = null;
        RpcWorld.Running running = world.Start(async () =>
        {
            run = SelfTestCaller.Prepare(world.Client, plan, [endpoint], out NativeSlab memory);
            using (memory)
            {
                result = await run.RunAsync();
            }
        });
        world.RunUntil(() => world.Client.Statistics.CallsReplied > 100, "a hundred calls");
        world.World.On(world.ClientLoop, () => run!.Stop());
        world.RunUntil(() => running.IsDone, "the end of the run");
        running.Throw();

        Assert.True(result!.All.NotMade > 900_000);
        world.RunUntil(() => world.Server.SelfTest!.Sessions.TakenBytes == 0, "the end of the session");
    }

    // Twice as many calls allocate as much as once: what a run needs, it takes at its start.
    [Theory]
    [InlineData(SelfTestTransfer.Empty, SelfTestTransfer.Empty)]
    [InlineData(SelfTestTransfer.Inline, SelfTestTransfer.Inline)]
    [InlineData(SelfTestTransfer.Bulk, SelfTestTransfer.Bulk)]
    public void Run_AfterWarmUp_AllocatesNothingPerCall(SelfTestTransfer send, SelfTestTransfer reply)
    {
        using var world = new RpcWorld(WireKind.Direct);
        var shape = new SelfTestShape(send, send == SelfTestTransfer.Empty ? 0 : 256, reply, reply == SelfTestTransfer.Empty ? 0 : 256);
        long once = 0;
        long twice = 0;
        for (int i = 0; i < 2; i++)
        {
            once = Measure(20_000);
            twice = Measure(40_000);
        }

        Assert.Equal(once, twice);

        long Measure(int repetitions)
        {
            RpcEndpoint endpoint = world.Endpoint;
            long allocated = -1;
            RpcWorld.Running running = world.Start(async () =>
            {
                SelfTestRun run = SelfTestCaller.Prepare(
                    world.Client, new SelfTestPlan { Shape = shape, InFlight = 16, Repetitions = repetitions }, [endpoint], out NativeSlab memory);
                using (memory)
                {
                    long before = GC.GetAllocatedBytesForCurrentThread();
                    await run.RunAsync();
                    allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                }
            });
            while (!running.IsDone)
            {
                world.ClientLoop.RunTurn(0);
            }

            running.Throw();
            return allocated;
        }
    }

    private static SelfTestResult Run(RpcWorld world, SelfTestPlan plan)
    {
        RpcEndpoint endpoint = world.Endpoint;
        SelfTestResult? result = null;
        world.Run(async () => result = await SelfTestCaller.RunAsync(world.Client, plan, endpoint));
        return result!;
    }
}
