namespace Daos.Fabric.Mgmt.Configuration;

/// <summary>What a generated configuration is to be like. Immutable.</summary>
internal sealed record ConfigWish
{
    /// <summary>Hosts with a replica.</summary>
    internal required IReadOnlyList<string> Replicas { get; init; }

    /// <summary>0: one for each NUMA node with an interface.</summary>
    internal int Engines { get; init; }

    /// <summary>Of each engine; 0: from the cores.</summary>
    internal int Targets { get; init; }

    /// <summary>Free block devices become tiers.</summary>
    internal bool UsesDevices { get; init; } = true;

    /// <summary>best-available, ethernet, infiniband or loopback.</summary>
    internal string NetClass { get; init; } = "best-available";

    /// <summary>As in <see cref="Providers"/>.</summary>
    internal string Provider { get; init; } = "tcp";

    /// <summary>First tiers are RAM disks.</summary>
    internal bool UsesRam { get; init; }

    /// <summary>Empty: none.</summary>
    internal string MetadataPath { get; init; } = "";

    /// <summary>Of the first engine.</summary>
    internal int Port { get; init; } = 31316;

    /// <summary>No certificates.</summary>
    internal bool IsInsecure { get; init; }
}
