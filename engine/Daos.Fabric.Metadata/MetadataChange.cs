namespace Daos.Fabric.Metadata;

/// <summary>One key that a revision changed. Immutable.</summary>
/// <param name="Key">The key.</param>
/// <param name="Entry">What it holds now, or null when it was deleted.</param>
public sealed record MetadataChange(MetadataKey Key, MetadataEntry? Entry);
