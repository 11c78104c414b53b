using Daos.Fabric.Metadata.Embedded;

namespace Daos.Fabric.Metadata.Tests.Conformance;

/// <summary>The embedded store in a simulated machine.</summary>
public sealed class EmbeddedConformanceTests : MetadataConformance
{
    protected override void Run(Func<MetadataFixture, Task> test)
    {
        using var world = new MetadataWorld(13);
        world.Run(async () =>
        {
            EmbeddedMetadataStore store = await world.OpenAsync();
            await test(new MetadataFixture(store, SimulatedConformanceTests.PauseIn(world), world.Node.Clock));
            await store.DisposeAsync();
            return true;
        });
    }
}
