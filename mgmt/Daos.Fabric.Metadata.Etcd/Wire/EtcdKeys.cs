namespace Daos.Fabric.Metadata.Etcd.Wire;

/// <summary>Keys of the store as keys of etcd: behind the prefix. Immutable.</summary>
internal sealed class EtcdKeys(byte[] prefix)
{
    internal byte[] Of(MetadataKey key) => [.. prefix, .. key.Bytes.Span];

    /// <summary>False for what a member should never have sent: the others may be called for those that are true.</summary>
    internal bool Owns(KeyValue? found) => found?.Key is { } key && key.Length > prefix.Length && key.AsSpan().StartsWith(prefix);

    internal MetadataEntry EntryOf(KeyValue found) => new(
        KeyOf(found), found.Value ?? [], found.CreateRevision, found.ModRevision, found.Version, found.Lease);

    internal MetadataKey KeyOf(KeyValue found) => MetadataKey.Found(found.Key![prefix.Length..]);
}
