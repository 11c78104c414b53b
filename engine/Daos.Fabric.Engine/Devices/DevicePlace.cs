namespace Daos.Fabric.Engine.Devices;

/// <summary>
/// A place for a device, which stays while devices come and go: follows from the tiers and the number of targets alone. Immutable.
/// </summary>
/// <param name="Tier">Index of the tier; 0 without tiers.</param>
/// <param name="Roles">What a device there holds.</param>
/// <param name="Targets">Targets that use it.</param>
/// <param name="Path">The directory, or for a shared device where the first one was.</param>
/// <param name="IsShared">A device with blobs.</param>
internal sealed record DevicePlace(int Tier, DeviceRoles Roles, IReadOnlyList<int> Targets, string Path, bool IsShared)
{
    private const DeviceRoles All = DeviceRoles.Wal | DeviceRoles.Meta | DeviceRoles.Data;

    /// <summary>
    /// All places: without tiers each target's directory counts as a device; a tier that is a directory is one device of all targets; of a tier with
    /// n devices target t uses number t mod n.
    /// </summary>
    internal static IReadOnlyList<DevicePlace> Of(EnginePaths paths, int targets)
    {
        int[] all = [.. Enumerable.Range(0, targets)];
        return paths.Tiers.Count == 0
            ? [.. all.Select(t => new DevicePlace(0, All, [t], paths.Root, IsShared: false))]
            : [.. paths.Tiers.SelectMany((tier, index) => !tier.IsShared
                ? (IEnumerable<DevicePlace>)[new DevicePlace(index, tier.Roles, all, tier.Path, IsShared: false)]
                : tier.Devices.Select((path, i) => new DevicePlace(index, tier.Roles, [.. all.Where(t => t % tier.Devices.Count == i)], path, IsShared: true)))];
    }
}
