namespace Daos.Fabric.Metadata;

/// <summary>Entries of a range at a revision. Immutable.</summary>
/// <param name="Revision">
/// The revision that was read at: for a page of the newest entries the newest revision. The next pages are read at it, and changes are
/// watched from the one behind it.
/// </param>
/// <param name="Entries">In key order.</param>
/// <param name="HasMore">There are more entries behind the last.</param>
public sealed record MetadataPage(long Revision, IReadOnlyList<MetadataEntry> Entries, bool HasMore)
{
    /// <summary>Where the next page begins.</summary>
    public MetadataKey Next => Entries.Count == 0 ? default : Entries[^1].Key.Next;
}
