namespace Daos.Fabric.Mgmt.Configuration;

/// <summary>A storage tier as configured. Immutable.</summary>
internal sealed record TierConfig
{
    /// <summary>What it lies on.</summary>
    internal required TierClass Class { get; init; }

    /// <summary>The first tier's directory; empty for others.</summary>
    internal string Mount { get; init; } = "";

    /// <summary>Directory, file, device or PCI address; empty for a first tier of class dir or ram.</summary>
    internal string Device { get; init; } = "";

    /// <summary>Bytes of the RAM disk or the file; null: to be calculated, or what the device has.</summary>
    internal long? SizeBytes { get; init; }

    /// <summary>The RAM disk asks for huge pages.</summary>
    internal bool HugePages { get; init; }

    /// <summary>wal, meta and data; empty: by the order of the tiers.</summary>
    internal IReadOnlyList<string> Roles { get; init; } = [];
}
