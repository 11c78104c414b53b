using Daos.Fabric.Metadata.Tests.Conformance;

namespace Daos.Fabric.Metadata.Tests.Remote;

/// <summary>The embedded store at the other end of a wire that loses requests and answers, behind a service that restarts all the time.</summary>
public sealed class RemoteSessionConformanceTests : MetadataConformance
{
    protected override void Run(Func<MetadataFixture, Task> test)
    {
        using var world = new MetadataWorld(22);
        world.Run(async () =>
        {
            EmbeddedMetadataStore store = await world.OpenAsync();
            var wire = new SimWire(world, store) { LostRequest = 0.03, LostAnswer = 0.03, Restarts = 0.02 };
            var session = new SessionStore(RemoteConformanceTests.Connect(world, wire), SessionConformanceTests.OptionsIn(world, world.World.Seed));
            await test(new MetadataFixture(session, SimulatedConformanceTests.PauseIn(world), world.Node.Clock)
            {
                LeaseTtlMs = 5_000,
                Disconnect = wire.Restart,
            });
            await wire.Service.DisposeAsync();
            await store.DisposeAsync();
            return true;
        });
    }
}
