namespace Daos.Fabric.Metadata.Etcd.Wire.Requests;

/// <summary>Deletes a key, or a range of them.</summary>
internal sealed record DeleteRangeRequest(byte[] Key, byte[]? RangeEnd = null);
