using System.Text.Json.Nodes;

namespace Daos.Fabric.Mgmt.Hardware;

/// <summary>A network interface. Immutable.</summary>
internal sealed record NetworkInterface
{
    /// <summary>As the kernel calls it.</summary>
    internal required string Name { get; init; }

    /// <summary>ethernet, infiniband, loopback or other.</summary>
    internal required string Class { get; init; }

    /// <summary>It carries packets.</summary>
    internal required bool IsUp { get; init; }

    /// <summary>-1 where the kernel knows none.</summary>
    internal int NumaNode { get; init; } = -1;

    /// <summary>Mbit/s; 0 where the kernel knows none.</summary>
    internal long SpeedMbits { get; init; }

    /// <summary>IPv4 first.</summary>
    internal IReadOnlyList<string> Addresses { get; init; } = [];

    /// <summary>Schemes by which engines can be reached through it.</summary>
    internal IReadOnlyList<string> Providers { get; init; } = [];

    internal JsonObject ToJson() => new()
    {
        ["name"] = Name,
        ["class"] = Class,
        ["up"] = IsUp,
        ["numa_node"] = NumaNode,
        ["speed_mbits"] = SpeedMbits,
        ["addresses"] = new JsonArray([.. Addresses.Select(static a => JsonValue.Create(a))]),
        ["providers"] = new JsonArray([.. Providers.Select(static p => JsonValue.Create(p))]),
    };
}
