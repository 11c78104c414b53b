namespace Daos.Fabric.Metadata.Etcd.Wire.Requests;

/// <summary>Body of /v3/kv/compaction.</summary>
internal sealed record CompactionRequest(long Revision);
