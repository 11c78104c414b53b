using Daos.Fabric.Simulation.Tests.Cluster;

namespace Daos.Fabric.Simulation.Tests.Path;

/// <summary>The smallest cluster: one client, one engine, two targets.</summary>
internal sealed class SimulatedPath : IDisposable
{
    private readonly SimulatedCluster _cluster;

    internal SimulatedPath(ulong seed, DaosClientOptions? options = null) => _cluster = new SimulatedCluster(seed, engines: 1, clients: 1, options);

    internal SimulatedWorld World => _cluster.World;

    internal SimulatedEngine Engine => _cluster.Engines[0];

    internal OwnerLoop Loop => _cluster.Clients[0].Loop;

    internal ClientContext Context => _cluster.Clients[0].Sessions[0].Context;

    internal ContainerSession Container => _cluster.Clients[0].Sessions[0].Container;

    internal MessageFaults Messages => _cluster.Messages;

    internal static void Check(DerCode code) => SimulatedCluster.Check(code);

    /// <summary>Starts a ULT on the client's loop; <see cref="Ult.Await"/> tells when and how it ended.</summary>
    internal Ult Begin(Func<ValueTask> work) => _cluster.Begin(_cluster.Clients[0], work);

    /// <summary>Runs the world until a condition holds.</summary>
    internal void RunUntil(Func<bool> condition, string what) => _cluster.RunUntil(condition, what);

    /// <summary>Runs a ULT on the client's loop to its end.</summary>
    internal void Run(Func<ValueTask> work) => _cluster.Run(_cluster.Clients[0], work);

    public void Dispose() => _cluster.Dispose();
}
