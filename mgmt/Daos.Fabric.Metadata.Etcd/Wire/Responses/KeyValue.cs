namespace Daos.Fabric.Metadata.Etcd.Wire.Responses;

/// <summary>A key as etcd holds it.</summary>
internal sealed record KeyValue(byte[]? Key, byte[]? Value, long CreateRevision, long ModRevision, long Version, long Lease);
