namespace Daos.Fabric.Metadata.Etcd.Wire.Requests;

/// <summary>Body of /v3/kv/range.</summary>
internal sealed record RangeRequest(byte[] Key, byte[]? RangeEnd, long Limit, long Revision, bool KeysOnly);
