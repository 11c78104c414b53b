using Daos.Fabric.Xstreams.Scheduling;

namespace Daos.Fabric.Xstreams;

/// <summary>What an <see cref="Xstream"/> is told at start-up. Immutable.</summary>
public sealed record XstreamOptions
{
    /// <summary>Limits and polling policy of the loop.</summary>
    public OwnerLoopOptions Loop { get; init; } = new();

    /// <summary>Told of ULTs that ran too long; called on the xstream.</summary>
    public Action<Xstream, SlowSlice>? OnSlowSlice { get; init; }

    /// <summary>Total pause of the garbage collector in ns; the default asks the runtime.</summary>
    public Func<long> PausedNs { get; init; } = static () => GC.GetTotalPauseDuration().Ticks * 100;
}
