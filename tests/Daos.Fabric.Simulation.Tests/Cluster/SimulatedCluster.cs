using Daos.Fabric.TestKit.Faults;

namespace Daos.Fabric.Simulation.Tests.Cluster;

/// <summary>
/// Engines with two targets each and clients of all of them, whole, on one thread and from one seed: real RPC, xstreams and store over a
/// simulated network and disks. What clients and engines send each other may be lost, doubled and overtaken message by message.
/// </summary>
internal sealed class SimulatedCluster : IDisposable
{
    private const long LimitNs = 600_000_000_000;

    internal SimulatedCluster(ulong seed, int engines, int clients, DaosClientOptions? options = null)
    {
        World = new SimulatedWorld(seed);
        Random = World.Random.Fork();
        for (int i = 0; i < engines; i++)
        {
            Engines.Add(new SimulatedEngine(World.AddNode($"engine{i}"), OptionsOf(i), World.Random.Fork(), Wire()));
            Engines[i].Start();
        }

        for (int i = 0; i < clients; i++)
        {
            Clients.Add(new SimulatedClient(this, i, options, Wire()));
        }
    }

    internal SimulatedWorld World { get; }

    /// <summary>For the test: what to do, when to crash.</summary>
    internal SeededRandom Random { get; }

    /// <summary>By rank.</summary>
    internal List<SimulatedEngine> Engines { get; } = [];

    internal List<SimulatedClient> Clients { get; } = [];

    /// <summary>What becomes of single messages; none are harmed before a test says so.</summary>
    internal MessageFaults Messages { get; } = new();

    internal IEnumerable<SimulatedSession> Sessions => Clients.SelectMany(c => c.Sessions);

    internal TransportUri UriOf(SimulatedEngine engine) => UriOf(Engines.IndexOf(engine));

    internal static void Check(DerCode code)
    {
        if (code.IsError)
        {
            throw new DaosException(code, "simulated call");
        }
    }

    /// <summary>Starts a ULT on a client's loop; <see cref="Ult.Await"/> tells when and how it ended.</summary>
    internal Ult Begin(SimulatedClient client, Func<ValueTask> work)
    {
        var ult = new Ult();
        World.On(client.Loop, () => client.Loop.Spawn(ult.FollowAsync(work)));
        return ult;
    }

    /// <summary>Runs the world until a condition holds.</summary>
    internal void RunUntil(Func<bool> condition, string what)
    {
        if (!World.RunUntil(condition, LimitNs))
        {
            string said = string.Join(" | ", Engines.SelectMany(e => e.Log.TakeLast(3)));
            throw new TimeoutException($"seed {World.Seed}: {what} within {LimitNs / 1_000_000_000} s of virtual time; engines: {said}");
        }
    }

    /// <summary>Runs a ULT on a client's loop to its end.</summary>
    internal void Run(SimulatedClient client, Func<ValueTask> work)
    {
        Ult ult = Begin(client, work);
        RunUntil(() => ult.IsDone, "the client's work did not end");
        ult.Await();
    }

    /// <summary>Ends an engine without warning, and starts it again over what its disk kept.</summary>
    /// <param name="rank">Which.</param>
    /// <param name="kind">How.</param>
    /// <param name="downNs">How long it stays away.</param>
    /// <param name="revived">Called with the machine up again and before the engine starts.</param>
    internal void CrashAndRestart(int rank, CrashKind kind, long downNs, Action? revived = null)
    {
        SimulatedEngine engine = Engines[rank];
        engine.Crash(kind);
        World.RunFor(downNs);
        if (kind == CrashKind.Power)
        {
            engine.Node.PowerOn();
        }

        revived?.Invoke();
        engine.Start();
    }

    public void Dispose()
    {
        Clients.ForEach(client => client.Dispose());
        foreach (SimulatedEngine engine in Engines.Where(e => e.Server is not null))
        {
            engine.Stop();
        }
    }

    private static TransportUri UriOf(int rank) => TransportUri.Parse($"tcp://10.0.0.{rank + 1}:10001");

    private FaultyMessageProvider Wire() => new(new SocketsProvider(), Messages, World.Random.Fork());

    private static EngineOptions OptionsOf(int rank) => new()
    {
        Path = "/data/engine",
        Rank = new Rank((uint)rank),
        Targets = 2,
        Cores = 4,
        Listen = [UriOf(rank)],
        DefaultSizes = new ShardSizes { ArenaBytes = 64 << 20, LogBytes = 4 << 20, DataBytes = 64 << 20 },
    };
}
