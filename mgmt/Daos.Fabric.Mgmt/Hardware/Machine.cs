namespace Daos.Fabric.Mgmt.Hardware;

/// <summary>What this host has. Immutable.</summary>
internal sealed record Machine
{
    /// <summary>Cores this process may use.</summary>
    internal required int Cores { get; init; }

    /// <summary>NUMA nodes, 1 where there are none.</summary>
    internal required int NumaNodes { get; init; }

    /// <summary>By name.</summary>
    internal required IReadOnlyList<BlockDevice> Devices { get; init; }

    /// <summary>By name.</summary>
    internal required IReadOnlyList<NetworkInterface> Interfaces { get; init; }

    /// <summary>Looks at the machine; devices' first blocks are read, nothing is written.</summary>
    internal static Machine Look(SystemRoots? roots = null)
    {
        SystemRoots from = roots ?? new SystemRoots();
        return new Machine
        {
            Cores = Environment.ProcessorCount,
            NumaNodes = Math.Max(1, SystemRoots.Names($"{from.Sys}/devices/system/node").Count(static n => n.StartsWith("node", StringComparison.Ordinal) && n[4..].All(char.IsAsciiDigit))),
            Devices = BlockDevices.Scan(from),
            Interfaces = NetworkInterfaces.Scan(from),
        };
    }
}
