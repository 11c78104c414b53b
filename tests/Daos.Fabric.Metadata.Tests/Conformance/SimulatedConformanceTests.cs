namespace Daos.Fabric.Metadata.Tests.Conformance;

/// <summary>The simulated store, when nothing goes wrong.</summary>
public sealed class SimulatedConformanceTests : MetadataConformance
{
    protected override void Run(Func<MetadataFixture, Task> test)
    {
        using var world = new MetadataWorld(11);
        var server = new SimMetadataServer(world.World);
        world.Run(async () =>
        {
            await test(new MetadataFixture(server.Connect(world.Loop), PauseIn(world), world.Node.Clock));
            return true;
        });
    }

    internal static Func<long, Task> PauseIn(MetadataWorld world) =>
        pauseMs => SimDelay.On(world.World, world.Loop)(pauseMs * 1_000_000, default);
}
