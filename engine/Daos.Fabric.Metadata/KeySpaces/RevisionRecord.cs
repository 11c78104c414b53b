namespace Daos.Fabric.Metadata.KeySpaces;

/// <summary>What one revision changed, in key order. Immutable.</summary>
internal sealed record RevisionRecord(long Revision, KeyChange[] Changes)
{
    internal long Bytes { get; } = Changes.Sum(c => c.Bytes);
}
