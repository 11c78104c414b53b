namespace Daos.Fabric.Metadata;

/// <summary>What one revision changed in a watched range. Immutable.</summary>
/// <param name="Revision">The revision.</param>
/// <param name="Changes">In key order; all of that revision.</param>
public sealed record MetadataChanges(long Revision, IReadOnlyList<MetadataChange> Changes);
