namespace Daos.Fabric.Simulation.Tests.Cluster;

/// <summary>A client's machine with one loop, and on it a session with every engine. Owned by the simulator's thread.</summary>
internal sealed class SimulatedClient
{
    private readonly SimulatedCluster _cluster;

    internal SimulatedClient(SimulatedCluster cluster, int index, DaosClientOptions? options, TransportProvider provider)
    {
        _cluster = cluster;
        Node = cluster.World.AddNode($"client{index}");
        Loop = Node.AddLoop($"client{index}");
        options ??= new DaosClientOptions { AttemptTimeout = TimeSpan.FromSeconds(1), OperationTimeout = TimeSpan.FromSeconds(60) };
        foreach (SimulatedEngine engine in cluster.Engines)
        {
            var context = new ClientContext(Loop, options with { Clock = Node.Clock }, [provider], cluster.Random.Fork());
            cluster.Run(this, async () => Sessions.Add(await OpenAsync(context, cluster.UriOf(engine), index)));
        }
    }

    internal SimulatedNode Node { get; }

    internal OwnerLoop Loop { get; }

    /// <summary>By engine.</summary>
    internal List<SimulatedSession> Sessions { get; } = [];

    /// <summary>Frees everything; throws what nobody awaited.</summary>
    internal void Dispose()
    {
        Sessions.ForEach(session => _cluster.World.On(Loop, session.Context.Dispose));
        if (Loop.LastUnhandled is { } unhandled)
        {
            throw new InvalidOperationException($"seed {_cluster.World.Seed}: nobody awaited a failure", unhandled);
        }
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private static async ValueTask<SimulatedSession> OpenAsync(ClientContext context, TransportUri uri, int index)
    {
        SimulatedCluster.Check(await context.ConnectAsync(uri));
        if (index == 0)
        {
            SimulatedCluster.Check(await context.CreatePoolAsync("pool"));
        }

        PoolSession pool = (await context.ConnectPoolAsync("pool")).Value;
        if (index == 0)
        {
            SimulatedCluster.Check(await pool.CreateContainerAsync("container"));
        }

        return new SimulatedSession(context, (await pool.OpenContainerAsync("container")).Value);
    }
}
