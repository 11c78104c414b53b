using Daos.Fabric.Metadata.Remote;
using Daos.Fabric.Metadata.Tests.Conformance;

namespace Daos.Fabric.Metadata.Tests.Remote;

/// <summary>The embedded store at the other end of a wire on which nothing goes wrong.</summary>
public sealed class RemoteConformanceTests : MetadataConformance
{
    protected override void Run(Func<MetadataFixture, Task> test)
    {
        using var world = new MetadataWorld(21);
        world.Run(async () =>
        {
            EmbeddedMetadataStore store = await world.OpenAsync();
            var wire = new SimWire(world, store);
            await test(new MetadataFixture(Connect(world, wire), SimulatedConformanceTests.PauseIn(world), world.Node.Clock));
            await wire.Service.DisposeAsync();
            await store.DisposeAsync();
            return true;
        });
    }

    internal static RemoteMetadataStore Connect(MetadataWorld world, SimWire wire, ulong seed = 5) => new(wire.CarryAsync, new RemoteMetadataOptions
    {
        Random = new SeededRandom(seed),
        Delay = SimDelay.On(world.World, world.Loop),
        CallMs = 300,
        WatchMs = 2_000,
        PauseMs = 10,
    });
}
