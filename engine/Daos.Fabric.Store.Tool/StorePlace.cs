namespace Daos.Fabric.Store.Tool;

/// <summary>Which store a command is about. Immutable.</summary>
/// <param name="Path">Its directory.</param>
/// <param name="Roles">Where log, metadata and data lie when they do not lie there.</param>
/// <param name="Devices">Shared devices in whose blobs some of them lie.</param>
/// <param name="Pool">With devices: the pool.</param>
/// <param name="Target">With devices: the target.</param>
internal sealed record StorePlace(string Path, RolePaths Roles, IReadOnlyList<string> Devices, Guid Pool, int Target)
{
    /// <inheritdoc/>
    public override string ToString() => Devices.Count == 0 ? Path : $"pool {Pool} on target {Target}";
}
