namespace Daos.Fabric.Engine.Devices;

/// <summary>A directory, usually the mount point of a device of its own, and what the shards of all pools keep there. Immutable.</summary>
/// <param name="Path">The directory.</param>
/// <param name="Roles">What lies there; none when the tiers' order is to decide.</param>
public sealed record StorageTier(string Path, DeviceRoles Roles = DeviceRoles.None);
