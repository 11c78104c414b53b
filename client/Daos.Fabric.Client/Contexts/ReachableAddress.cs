using Daos.Fabric.Transport;

namespace Daos.Fabric.Client.Contexts;

/// <summary>Pure functions on addresses that an engine tells.</summary>
internal static class ReachableAddress
{
    /// <summary>
    /// An engine that listens on every interface tells a wildcard host; the host by which the client reached it stands for that.
    /// </summary>
    /// <param name="told">The address of a target.</param>
    /// <param name="primary">The address that the client connected to.</param>
    internal static TransportUri Of(TransportUri told, TransportUri primary)
    {
        bool isWildcard = told.Rest.StartsWith("0.0.0.0:", StringComparison.Ordinal) || told.Rest.StartsWith("[::]:", StringComparison.Ordinal);
        if (told.Scheme != primary.Scheme || !isWildcard)
        {
            return told;
        }

        int primaryPort = primary.Rest.LastIndexOf(':');
        return primaryPort < 0 ? told : TransportUri.Parse($"{told.Scheme}://{primary.Rest[..primaryPort]}{told.Rest[told.Rest.LastIndexOf(':')..]}");
    }
}
