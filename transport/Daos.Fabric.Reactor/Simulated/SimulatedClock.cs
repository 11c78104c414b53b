using Daos.Fabric.Core.Time;

namespace Daos.Fabric.Reactor.Simulated;

/// <summary>
/// A node's view of virtual time: the monotonic clock is the world's, the wall clock may be skewed. Advanced by the world only.
/// </summary>
public sealed class SimulatedClock : IClock
{
    // 2026-01-01 UTC: a fixed date, so that runs compare, and late enough for the hybrid clock's start.
    private const long StartUnixNs = 1_767_225_600_000_000_000;

    private readonly SimulatedWorld _world;

    internal SimulatedClock(SimulatedWorld world) => _world = world;

    /// <summary>How far this node's wall clock is off, in ns; may be changed at any time.</summary>
    public long SkewNs { get; set; }

    /// <inheritdoc/>
    public long MonotonicNs => _world.NowNs;

    /// <inheritdoc/>
    public long UnixNs => StartUnixNs + _world.NowNs + SkewNs;
}
