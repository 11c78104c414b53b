using Daos.Fabric.Client;
using Daos.Fabric.Engine;
using Daos.Fabric.Reactor;

namespace Daos.Fabric.Embedded;

/// <summary>How an embedded engine and its client behave. Immutable; any thread.</summary>
public sealed record EmbeddedOptions
{
    /// <summary>
    /// Targets, fixed when the directory is formatted; each takes a thread of its own (with two cores or fewer the first one also does the
    /// engine's own work). 0 takes what the directory was formatted with, 1 for a new one.
    /// </summary>
    public int Targets { get; init; }

    /// <summary>Nothing survives the end of the process: no log, everything else the same. Never the default.</summary>
    public bool Volatile { get; init; }

    /// <summary>What idle threads do; adaptive spins 50 us at most and then blocks, busy is for benchmarks.</summary>
    public PollingPolicy Polling { get; init; }

    /// <summary>Short for <see cref="PollingPolicy.Busy"/>.</summary>
    public bool Poll
    {
        get => Polling == PollingPolicy.Busy;
        init => Polling = value ? PollingPolicy.Busy : Polling;
    }

    /// <summary>Sizes of a new pool on each target. Room for data and log is allocated when the pool is created.</summary>
    public ShardSizes Sizes { get; init; } = new();

    /// <summary>
    /// Time-outs, retries, limits of the client. What concerns a thread or a wire of its own (Polling, SpinNs, Providers, Tls) is not used:
    /// calls are carried by the engine's threads.
    /// </summary>
    public DaosClientOptions Client { get; init; } = new();

    /// <summary>
    /// Told one sentence at a time what an operator may want to know; called on a thread of its own, which may block, or on the one that
    /// starts or stops the system. Must not throw.
    /// </summary>
    public Action<string>? Log { get; init; }
}
