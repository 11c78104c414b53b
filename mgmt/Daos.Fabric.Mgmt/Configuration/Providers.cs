namespace Daos.Fabric.Mgmt.Configuration;

/// <summary>Ways to reach an engine, under the names of the configuration. Pure functions.</summary>
internal static class Providers
{
    /// <summary>As they are written.</summary>
    internal static readonly string[] Names = ["tcp", "ofi+tcp", "ofi+tcp;ofi_rxm", "ofi+verbs", "ofi+verbs;ofi_rxm", "ofi+shm", "unix", "shm"];

    /// <summary>It needs an interface and ports.</summary>
    internal static bool IsNetwork(string name) => name == "tcp" || name.StartsWith("ofi+tcp", StringComparison.Ordinal) || name.StartsWith("ofi+verbs", StringComparison.Ordinal);

    /// <summary>The scheme of its addresses: libfabric's providers for networks go through ofi_rxm, as in DAOS.</summary>
    internal static string Scheme(string name) => name is "ofi+tcp" or "ofi+verbs" ? name + ";ofi_rxm" : name;
}
