using Daos.Fabric.Xstreams.Placement;

namespace Daos.Fabric.TestKit.Simulation;

/// <summary>Runs an engine's xstreams as loops of a simulated machine. Owned by the simulator's thread.</summary>
public sealed class SimulatedXstreamHost(SimulatedNode node) : IXstreamHost
{
    /// <inheritdoc/>
    public IReactorFiles Files => node.Files;

    /// <inheritdoc/>
    public Reactor.Reactor CreateReactor(XstreamPlan plan) => node.CreateReactor();

    /// <inheritdoc/>
    public void Start(Xstream xstream) => node.Run(xstream);

    /// <inheritdoc/>
    public void Stop(Xstream xstream) => node.Stop(xstream);
}
