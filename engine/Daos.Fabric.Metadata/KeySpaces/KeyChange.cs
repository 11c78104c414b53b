namespace Daos.Fabric.Metadata.KeySpaces;

/// <summary>A key before and after a revision; null where it did not exist. Immutable.</summary>
internal readonly record struct KeyChange(MetadataEntry? Before, MetadataEntry? After)
{
    internal MetadataKey Key => (After ?? Before!).Key;

    internal long Bytes => (2 * Key.Length) + (Before?.Value.Length ?? 0) + (After?.Value.Length ?? 0);
}
