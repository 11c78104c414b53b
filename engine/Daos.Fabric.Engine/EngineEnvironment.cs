namespace Daos.Fabric.Engine;

/// <summary>
/// Everything an engine takes from the outside: wires, time, randomness and threads. The executable passes the real ones, the simulator
/// its own. Immutable.
/// </summary>
public sealed record EngineEnvironment
{
    /// <summary>The kinds of wire that the addresses in <see cref="EngineOptions.Listen"/> name.</summary>
    public required IReadOnlyList<TransportProvider> Providers { get; init; }

    /// <summary>The engine's time; the reactors bring their own view of it.</summary>
    public required IClock Clock { get; init; }

    /// <summary>Identifiers, handles and remote keys are drawn from it; the engine forks one per xstream.</summary>
    public required SeededRandom Random { get; init; }

    /// <summary>Gives xstreams their reactors and their turns.</summary>
    public required IXstreamHost Host { get; init; }
}
