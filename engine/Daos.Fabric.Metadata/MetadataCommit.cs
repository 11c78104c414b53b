namespace Daos.Fabric.Metadata;

/// <summary>The answer to a transaction. Immutable.</summary>
/// <param name="Branch">Which branch was taken.</param>
/// <param name="Revision">The revision of its changes; the newest one when it changed nothing.</param>
public sealed record MetadataCommit(MetadataBranch Branch, long Revision)
{
    /// <summary>True when the conditions held.</summary>
    public bool Held => Branch == MetadataBranch.Then;

    /// <summary>With <see cref="MetadataBranch.Guarded"/>: the marker, or null when there is none.</summary>
    internal MetadataEntry? Marker { get; init; }
}
