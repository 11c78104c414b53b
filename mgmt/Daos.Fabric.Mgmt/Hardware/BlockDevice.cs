using System.Text.Json.Nodes;

namespace Daos.Fabric.Mgmt.Hardware;

/// <summary>A block device as the kernel shows it. Immutable.</summary>
internal sealed record BlockDevice
{
    /// <summary>Below /dev.</summary>
    internal required string Path { get; init; }

    /// <summary>What it holds, in bytes.</summary>
    internal required long SizeBytes { get; init; }

    /// <summary>Of the maker; may be empty.</summary>
    internal string Model { get; init; } = "";

    /// <summary>May be empty.</summary>
    internal string PciAddress { get; init; } = "";

    /// <summary>-1 where the kernel knows none.</summary>
    internal int NumaNode { get; init; } = -1;

    /// <summary>A disk that turns.</summary>
    internal bool IsRotational { get; init; }

    /// <summary>A file behind a loop device.</summary>
    internal bool IsLoop { get; init; }

    /// <summary>Can be mounted with DAX.</summary>
    internal bool HasDax { get; init; }

    /// <summary>What uses it now, such as a mount: it cannot be formatted, forced or not. Empty: nothing.</summary>
    internal IReadOnlyList<string> Uses { get; init; } = [];

    /// <summary>What it contains, such as "ext4 file system"; empty: nothing. It is formatted only when forced.</summary>
    internal string Signature { get; init; } = "";

    /// <summary>The content is of daos_server.</summary>
    internal bool IsOurs { get; init; }

    /// <summary>It may be formatted as it is.</summary>
    internal bool IsFree => Uses.Count == 0 && Signature.Length == 0;

    internal JsonObject ToJson() => new()
    {
        ["path"] = Path,
        ["size"] = SizeBytes,
        ["model"] = Model,
        ["pci_address"] = PciAddress,
        ["numa_node"] = NumaNode,
        ["rotational"] = IsRotational,
        ["dax"] = HasDax,
        ["uses"] = new JsonArray([.. Uses.Select(static u => JsonValue.Create(u))]),
        ["signature"] = Signature,
        ["formatted_by_daos"] = IsOurs,
        ["free"] = IsFree,
    };
}
