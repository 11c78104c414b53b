namespace Daos.Fabric.Metadata.Tests.Conformance;

/// <summary>A session over a simulated store that loses requests and answers, changes leaders and tells of changes late.</summary>
public sealed class SessionConformanceTests : MetadataConformance
{
    protected override void Run(Func<MetadataFixture, Task> test)
    {
        using var world = new MetadataWorld(12);
        var server = new SimMetadataServer(world.World, new SimMetadataOptions
        {
            LostRequest = 0.03,
            LostAnswer = 0.03,
            LateRequest = 0.03,
            LeaderChange = 0.005,
            TimeoutNs = 100_000_000,
            LeaderlessMaxNs = 500_000_000,
            WatchDelayMaxNs = 50_000_000,
        });
        world.Run(async () =>
        {
            var store = new SessionStore(server.Connect(world.Loop), OptionsIn(world, world.World.Seed));
            await test(new MetadataFixture(store, SimulatedConformanceTests.PauseIn(world), world.Node.Clock) { LeaseTtlMs = 5_000 });
            return true;
        });
    }

    internal static SessionOptions OptionsIn(MetadataWorld world, ulong seed) => new()
    {
        Clock = world.Node.Clock,
        Random = new SeededRandom(seed),
        Delay = SimDelay.On(world.World, world.Loop),
    };
}
