namespace Daos.Fabric.Transport.Ofi;

/// <summary>How the provider watches its peers. Immutable.</summary>
public sealed record OfiOptions
{
    /// <summary>False to rely on silence alone (<see cref="TransportOptions.KeepaliveNs"/>), also on one's own node.</summary>
    public bool WatchProcesses { get; init; } = true;

    /// <summary>
    /// Registers local memory even where the provider does not ask for it: the path that verbs needs can be tested without a device.
    /// </summary>
    public bool RegisterLocalMemory { get; init; }
}
