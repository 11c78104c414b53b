namespace Daos.Fabric.Transport.Ofi;

/// <summary>How the provider watches its peers. Immutable.</summary>
public sealed record OfiOptions
{
    /// <summary>A peer that says nothing for so long is asked for a sign of life, in ns.</summary>
    public long PingNs { get; init; } = 5_000_000_000;

    /// <summary>
    /// A peer that says nothing for so long is dead, in ns. Connectionless endpoints tell no end by themselves; on one's own node the
    /// peer's process is watched, which tells within a tenth of a second.
    /// </summary>
    public long SilenceNs { get; init; } = 20_000_000_000;

    /// <summary>False to rely on silence alone, also on one's own node.</summary>
    public bool WatchProcesses { get; init; } = true;

    /// <summary>
    /// Registers local memory even where the provider does not ask for it: the path that verbs needs can be tested without a device.
    /// </summary>
    public bool RegisterLocalMemory { get; init; }
}
