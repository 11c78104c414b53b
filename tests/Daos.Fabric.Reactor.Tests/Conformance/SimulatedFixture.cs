using Daos.Fabric.Reactor.Simulated;

namespace Daos.Fabric.Reactor.Tests.Conformance;

internal sealed class SimulatedFixture : ReactorFixture
{
    private readonly SimulatedWorld _world;

    public SimulatedFixture(ulong seed)
    {
        _world = new SimulatedWorld(seed);
        SimulatedNode node = _world.AddNode("node");
        node.Files.CreateDirectory(Directory);
        Loop = node.AddLoop("loop");
    }

    public override OwnerLoop Loop { get; }

    public override string Directory => "/data";

    public override void Until(Func<bool> condition) => Assert.True(_world.RunUntil(condition, 10_000_000_000), "the condition did not come true");

    public override void For(long durationNs) => _world.RunFor(durationNs);

    public override void Dispose() => Reactor.Dispose();
}
