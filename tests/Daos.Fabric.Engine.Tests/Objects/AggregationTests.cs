using Daos.Fabric.Engine.Tests.Support;
using Daos.Fabric.Store.Aggregation;

namespace Daos.Fabric.Engine.Tests.Objects;

/// <summary>Targets aggregate what is older than the commit age, by themselves, and a pool that goes does not wait for it.</summary>
public sealed class AggregationTests
{
    private const long SecondNs = 1_000_000_000;

    private static readonly ObjectId s_oid = ObjectId.Create(1, 2, ObjectType.MultiHashed);

    [Fact]
    public void OldVersions_GoAfterTheCommitAge_AndNotBefore()
    {
        using var stage = new Stage(isVolatile: true, targets: 1);
        EngineCaller caller = stage.StartFresh();
        for (byte i = 0; i < 20; i++)
        {
            Put(stage, caller, (byte)(i % 4), i);
        }

        stage.World.RunFor(30 * SecondNs);
        Assert.Equal(0, Figures(stage).FreedRecords);
        stage.World.RunFor(60 * SecondNs);
        Assert.Equal(16, Figures(stage).FreedRecords);
        long passes = Figures(stage).Passes;
        stage.World.RunFor(60 * SecondNs);
        Assert.Equal(passes, Figures(stage).Passes);
        Put(stage, caller, 1, 99);
        stage.World.RunFor(90 * SecondNs);
        Assert.Equal(17, Figures(stage).FreedRecords);
    }

    [Fact]
    public void Engine_StoppedDuringAggregation_EndsAndStartsAgain()
    {
        using var stage = new Stage(targets: 1);
        EngineCaller caller = stage.StartFresh();
        for (int i = 0; i < 300; i++)
        {
            Put(stage, caller, (byte)i, (byte)i);
        }

        var server = stage.Engine.Server!;
        bool IsAggregating() => server.Context.TargetXstream(0).Shards.InOrder()[0].Store.IsAggregating;
        Assert.True(stage.World.RunUntil(IsAggregating, 120 * SecondNs), "no aggregation began");
        stage.Engine.Stop();
        stage.Engine.Start();
        Assert.Equal(0, Figures(stage).Passes);
    }

    private static void Put(Stage stage, EngineCaller caller, byte key, byte value) => stage.Run(caller, async () =>
        Assert.Equal(DerCode.Success, (await caller.PutAsync(s_oid, [key], [value], caller.NextModification())).Code));

    private static AggregationStatistics Figures(Stage stage)
    {
        AggregationStatistics figures = default;
        stage.World.On(
            stage.Engine.Server!.GetLoop(0),
            () => figures = stage.Engine.Server.Context.TargetXstream(0).Shards.InOrder()[0].Store.Aggregation);
        return figures;
    }
}
