namespace Daos.Fabric.Engine.Devices;

/// <summary>
/// Where the shards of all pools keep what the roles say: in a directory, usually the mount point of a device of its own, or in blobs of devices that
/// targets share. Immutable.
/// </summary>
/// <param name="Path">The directory; for devices a name for messages.</param>
/// <param name="Roles">What lies there; none when the tiers' order is to decide.</param>
public sealed record StorageTier(string Path, DeviceRoles Roles = DeviceRoles.None)
{
    /// <summary>
    /// Block devices, or files that are used whole, in place of a directory: DAOS's <c>bdev_list</c>. Targets are spread over them in turn. What is
    /// there is formatted by the first start unless it holds something. Paths may change later, their number may not.
    /// </summary>
    public IReadOnlyList<string> Devices { get; init; } = [];

    /// <summary>Blobs of devices, not a directory.</summary>
    public bool IsShared => Devices.Count > 0;

    /// <summary>A tier of devices.</summary>
    public static StorageTier Of(IReadOnlyList<string> devices, DeviceRoles roles = DeviceRoles.None) =>
        new(string.Join(", ", devices), roles) { Devices = devices };
}
