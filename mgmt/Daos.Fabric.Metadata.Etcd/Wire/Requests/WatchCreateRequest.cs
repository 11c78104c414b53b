namespace Daos.Fabric.Metadata.Etcd.Wire.Requests;

/// <summary>Which keys, from which revision. Large messages come in fragments, so that a line has a bound.</summary>
internal sealed record WatchCreateRequest(byte[] Key, byte[] RangeEnd, long StartRevision, bool Fragment = true);
