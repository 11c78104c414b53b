namespace Daos.Fabric.Engine.Devices;

/// <summary>A pool as the device table knows it: DAOS's <c>SmdQueryResp.Pool</c>. A copy; any thread may keep it.</summary>
/// <param name="Pool">The pool.</param>
/// <param name="Targets">Targets that have blobs of it, in order; each role of a target is one line.</param>
/// <param name="Devices">The device of each line.</param>
/// <param name="Roles">The role of each line.</param>
/// <param name="Blobs">The blob of each line.</param>
public sealed record SmdPool(Guid Pool, IReadOnlyList<int> Targets, IReadOnlyList<Guid> Devices, IReadOnlyList<DeviceRoles> Roles, IReadOnlyList<Guid> Blobs);
