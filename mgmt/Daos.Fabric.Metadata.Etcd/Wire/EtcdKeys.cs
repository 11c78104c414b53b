namespace Daos.Fabric.Metadata.Etcd.Wire;

/// <summary>Keys of the store as keys of etcd: behind the prefix. Immutable.</summary>
internal sealed class EtcdKeys(byte[] prefix)
{
    internal byte[] Of(MetadataKey key) => [.. prefix, .. key.Bytes.Span];

    internal MetadataEntry EntryOf(KeyValue found) => new(
        KeyOf(found), found.Value ?? [], found.CreateRevision, found.ModRevision, found.Version, found.Lease);

    internal MetadataKey KeyOf(KeyValue found) => MetadataKey.Found((found.Key ?? [])[prefix.Length..]);
}
