using Daos.Fabric.Engine.Tests.Support;

namespace Daos.Fabric.Engine.Tests.Objects;

/// <summary>Results are kept for a limited number of clients: those silent for over a day make room.</summary>
public sealed class ClientEvictionTests
{
    private const long HourNs = 3_600_000_000_000;

    private static readonly ObjectId s_oid = ObjectId.Create(1, 2, ObjectType.MultiHashed);

    [Fact]
    public void Client_SilentForADay_IsForgottenAndAnActiveOneIsNot()
    {
        using var stage = new Stage(isVolatile: true, targets: 1);
        EngineCaller silent = stage.StartFresh();
        EngineCaller active = stage.NewCaller();
        ModificationInfo old = silent.NextModification();
        ModificationInfo recent = default;
        stage.Run(silent, async () => Assert.Equal(DerCode.Success, (await silent.PutAsync(s_oid, [1], [1], old)).Code));
        stage.Run(active, async () =>
        {
            Assert.Equal(DerCode.Success, await active.ConnectPoolAsync("p"));
            Assert.Equal(DerCode.Success, await active.OpenContainerAsync("c"));
        });
        stage.Engine.Node.Clock.SkewNs += 24 * HourNs;
        stage.Run(active, async () =>
        {
            recent = active.NextModification();
            Assert.Equal(DerCode.Success, (await active.PutAsync(s_oid, [2], [1], recent)).Code);
        });
        stage.Engine.Node.Clock.SkewNs += 2 * HourNs;
        stage.World.RunFor(30_000_000_000);

        var store = stage.Engine.Server!.Context.TargetXstream(0).Shards.InOrder()[0].Store;
        stage.World.On(stage.Engine.Server.GetLoop(0), () =>
        {
            Assert.Equal(DerCode.Nonexist, store.FindResult(new Store.Io.ModificationId(old.ClientId, old.Sequence, 1), out _, out _));
            Assert.Equal(DerCode.Success, store.FindResult(new Store.Io.ModificationId(recent.ClientId, recent.Sequence, 1), out _, out _));
        });
    }
}
