namespace Daos.Fabric.Metadata;

/// <summary>A key with its value, as it was at a revision. Immutable; any thread.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">The value; may be empty. Not to be changed.</param>
/// <param name="CreateRevision">The revision that made the key.</param>
/// <param name="ModRevision">The revision that wrote this value.</param>
/// <param name="Version">How often it was written since it was made; 1 at first.</param>
/// <param name="Lease">The lease that it dies with, or 0.</param>
public sealed record MetadataEntry(
    MetadataKey Key, ReadOnlyMemory<byte> Value, long CreateRevision, long ModRevision, long Version, long Lease);
