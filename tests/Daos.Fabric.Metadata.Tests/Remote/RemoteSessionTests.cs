using Daos.Fabric.Metadata.Tests.Sessions;
using Daos.Fabric.TestKit.Runs;

namespace Daos.Fabric.Metadata.Tests.Remote;

/// <summary>Exactly once from end to end: a session in the engine, a wire that loses, a service that restarts, and behind it a store that loses too.</summary>
public sealed class RemoteSessionTests(ITestOutputHelper output)
{
    [Fact]
    [Trait("Id", "META")]
    public void Transactions_OverTwoWaysThatLose_HappenOnceAndAreAnsweredTruly()
    {
        var run = new SeededRun("META", "remote", 30, 4000, output.WriteLine, seed: 1700);
        run.Run((seed, counts) => SessionTests.Live(seed, counts, (world, server) => Connect(world, server, seed, counts)));
    }

    [Fact]
    public void SameSeed_GivesTheSameHistory()
    {
        Assert.Equal(Run(), Run());

        static string Run() => SessionTests.Live(78, new RunCounts(), (world, server) => Connect(world, server, 78, new RunCounts()));
    }

    // Every other seed has a daos_server that keeps a session of its own with the store, as one with etcd does.
    private static SessionStore Connect(MetadataWorld world, SimMetadataServer server, ulong seed, RunCounts counts)
    {
        IMetadataStore behind = server.Connect(world.Loop);
        behind = seed % 2 == 0 ? new SessionStore(behind, OptionsIn(world, seed + 1)) : behind;
        var wire = new SimWire(world, behind) { LostRequest = 0.05, LostAnswer = 0.05, Restarts = 0.01 };
        counts.Add("wires", 1);
        return new SessionStore(RemoteConformanceTests.Connect(world, wire, seed), OptionsIn(world, seed) with { Slots = 3, DeadlineMs = 15_000 });
    }

    private static SessionOptions OptionsIn(MetadataWorld world, ulong seed) => Conformance.SessionConformanceTests.OptionsIn(world, seed);
}
