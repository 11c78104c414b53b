namespace Daos.Fabric.Reactor.Simulated;

/// <summary>How a <see cref="SimulatedWorld"/> behaves. Times are virtual nanoseconds.</summary>
public sealed class SimulatedWorldOptions
{
    /// <summary>Shortest time that a turn takes; above 0, so that a loop which is always ready cannot stop time.</summary>
    public long TurnMinNs { get; set; } = 200;

    /// <summary>Longest time that a turn takes.</summary>
    public long TurnMaxNs { get; set; } = 3_000;
}
