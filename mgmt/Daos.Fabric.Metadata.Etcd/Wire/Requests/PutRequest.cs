namespace Daos.Fabric.Metadata.Etcd.Wire.Requests;

/// <summary>Writes a key.</summary>
internal sealed record PutRequest(byte[] Key, byte[] Value, long Lease);
