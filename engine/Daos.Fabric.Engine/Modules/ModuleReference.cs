namespace Daos.Fabric.Engine.Modules;

/// <summary>A module to be loaded on demand, as listed under <c>modules:</c>. Immutable.</summary>
/// <param name="Name">
/// A built-in module (<c>pool</c>, <c>cont</c>, <c>obj</c>, <c>ctl</c>), the path of an assembly, or the name of an assembly that lies next to the
/// engine (<c>Vendor.Module</c> or <c>Vendor.Module.dll</c>).
/// </param>
public sealed record ModuleReference(string Name);
