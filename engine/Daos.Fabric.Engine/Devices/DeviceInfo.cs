using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Engine.Devices;

/// <summary>A device as an operator sees it. A copy; any thread may keep it.</summary>
/// <param name="Id">Identity; a new one with each new device.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Roles">What it holds.</param>
/// <param name="Targets">Targets that use it.</param>
/// <param name="Errors">Errors since it came into use.</param>
/// <param name="Replaced">The device whose place it took; empty for the first one. What that one held is gone until rebuild restores it.</param>
/// <param name="ChangedUnixNs">When it came into this state, Unix time in ns.</param>
public sealed record DeviceInfo(
    Guid Id, DeviceState State, DeviceRoles Roles, IReadOnlyList<int> Targets, DeviceCounters Errors, Guid Replaced, long ChangedUnixNs)
{
    /// <summary>The tier that it belongs to; 0 without tiers.</summary>
    public int Tier { get; init; }

    /// <summary>The directory, or the device's path as it was opened; empty for a device that is not there.</summary>
    public string Path { get; init; } = "";

    /// <summary>Room for blobs in bytes, of a device that targets share.</summary>
    public long TotalBytes { get; init; }

    /// <summary>Room that no blob has.</summary>
    public long FreeBytes { get; init; }

    /// <summary>How long reads took since the engine started.</summary>
    public LatencySummary Reads { get; init; }

    /// <summary>How long writes took since the engine started.</summary>
    public LatencySummary Writes { get; init; }

    /// <summary>How long flushes took since the engine started.</summary>
    public LatencySummary Flushes { get; init; }

    /// <summary>
    /// Shards that a failed write or flush stopped; they answer DER_IO until the engine starts again. Only where devices are not set faulty by
    /// themselves: else the device goes out of use with the first of them.
    /// </summary>
    public int StoppedShards { get; init; }
}
