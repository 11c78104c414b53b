using Daos.Fabric.Engine.Tests.Support;
using Daos.Fabric.Rpc.Groups;

namespace Daos.Fabric.Engine.Tests.Drpc;

/// <summary>An engine that daos_server gives its rank and its system: what it answers before, and whom it watches afterwards.</summary>
public sealed class AwaitedSetUpTests
{
    private const long AMinuteNs = 60_000_000_000;

    [Fact]
    public void RequestsBeforeSetUp_AreRefusedAndServedAfterwards()
    {
        using var stage = new Stage(change: Awaiting);
        EngineServer engine = stage.Engine.Start();
        EngineCaller caller = stage.NewCaller();
        Assert.False(engine.WhenSetUp.IsCompleted);
        stage.Run(caller, async () => Assert.Equal(DerCode.Uninitialized, await caller.CreatePoolAsync("p")));
        Assert.Equal(DerCode.Uninitialized, stage.Complete(engine.SetUpAsync()));
        Assert.Equal(DerCode.Success, stage.Complete(engine.PingAsync()));
        Assert.Equal(DerCode.Invalid, stage.Complete(engine.SetRankAsync(Rank.None)));
        Assert.Equal(DerCode.Success, stage.Complete(engine.SetRankAsync(new Rank(3))));
        Assert.Equal(DerCode.Success, stage.Complete(engine.SetRankAsync(new Rank(3))));
        Assert.Equal(DerCode.Already, stage.Complete(engine.SetRankAsync(new Rank(4))));
        stage.Run(caller, async () => Assert.Equal(DerCode.Uninitialized, await caller.CreatePoolAsync("p")));
        Assert.Equal(DerCode.Success, stage.Complete(engine.SetUpAsync()));
        Assert.Equal(DerCode.Success, stage.Complete(engine.SetUpAsync()));
        Assert.True(engine.WhenSetUp.IsCompletedSuccessfully);
        Assert.Equal(new Rank(3), engine.Context.Node.Rank);
        stage.Run(caller, async () => Assert.Equal(DerCode.Success, await caller.OpenFreshAsync()));
        Assert.Equal([0, 1], Assert.Single(stage.Complete(engine.ListPoolTargetsAsync()).Value).Targets);
    }

    [Fact]
    public void EngineWithARank_IsSetUpWhenItStarts()
    {
        using var stage = new Stage();
        EngineServer engine = stage.Engine.Start();
        Assert.True(engine.WhenSetUp.IsCompletedSuccessfully);
        Assert.Equal(DerCode.Success, stage.Complete(engine.SetRankAsync(new Rank(0))));
        Assert.Equal(DerCode.Success, stage.Complete(engine.SetUpAsync()));
        Assert.Equal(DerCode.Already, stage.Complete(engine.SetRankAsync(new Rank(1))));
    }

    [Fact]
    public void NoRank_IsAllowedOnlyForAnEngineThatAwaitsIt()
    {
        var options = new EngineOptions { Path = "/x", Rank = Rank.None };
        Assert.Throws<ArgumentException>(options.Validate);
        (options with { AwaitsSetUp = true }).Validate();
        Assert.Throws<ArgumentException>((options with { AwaitsSetUp = true, Members = [new GroupMember(new Rank(0), TransportUri.Parse("tcp://10.0.0.1:1"))] }).Validate);
    }

    [Fact]
    public void GroupThatIsToldLater_IsWatchedUntilTheSystemEnds()
    {
        foreach (bool isPrepared in new[] { false, true })
        {
            var world = new SimulatedWorld(5);
            SimulatedEngine[] engines = [.. Enumerable.Range(0, 3).Select(i => Engine(world, i))];
            Array.ForEach(engines, e => e.Start());
            GroupMember[] members = [.. engines.Select((e, i) => new GroupMember(new Rank((uint)i), e.Server!.Endpoints[0].Uri, e.Server.Incarnation))];
            Assert.Equal(DerCode.Uninitialized, Complete(world, engines[0].Server!.UpdateGroupAsync(2, members)));
            for (uint i = 0; i < engines.Length; i++)
            {
                EngineServer server = engines[i].Server!;
                Assert.Equal(DerCode.Success, Complete(world, server.SetRankAsync(new Rank(i))));
                Assert.Equal(DerCode.Success, Complete(world, server.UpdateGroupAsync(2, members)));
                Assert.Equal(DerCode.Success, Complete(world, server.UpdateGroupAsync(2, members)));
                Assert.Equal(DerCode.GroupVersion, Complete(world, server.UpdateGroupAsync(1, members)));
                Assert.Equal(DerCode.Invalid, Complete(world, server.UpdateGroupAsync(3, [members[0], members[0]])));
                Assert.Equal(DerCode.Success, Complete(world, server.SetUpAsync()));
            }

            world.RunFor(AMinuteNs);
            Assert.All(engines, e => Assert.DoesNotContain(e.Log, s => s.Contains("held dead", StringComparison.Ordinal)));
            if (isPrepared)
            {
                Assert.All(engines[..2], e => Assert.Equal(DerCode.Success, Complete(world, e.Server!.PrepareShutdownAsync())));
            }

            engines[2].Crash(CrashKind.Process);
            world.RunFor(AMinuteNs);
            Assert.All(engines[..2], e => Assert.NotEqual(isPrepared, e.Log.Exists(s => s.Contains("rank 2 does not answer", StringComparison.Ordinal))));
            Array.ForEach(engines[..2], e => e.Stop());
        }
    }

    private static EngineOptions Awaiting(EngineOptions options) => options with { Rank = Rank.None, AwaitsSetUp = true };

    private static SimulatedEngine Engine(SimulatedWorld world, int number) => new(
        world.AddNode($"engine-{number}"),
        Awaiting(new EngineOptions { Path = "/data/engine", Targets = 1, Cores = 2, Listen = [TransportUri.Parse($"tcp://10.0.0.{number + 1}:10001")] }),
        world.Random.Fork());

    private static T Complete<T>(SimulatedWorld world, Task<T> call)
    {
        Assert.True(world.RunUntil(() => call.IsCompleted, AMinuteNs));
        return call.GetAwaiter().GetResult();
    }
}
