namespace Daos.Fabric.Metadata.Etcd.Wire.Requests;

/// <summary>Body of /v3/lease/revoke and /v3/lease/keepalive.</summary>
internal sealed record LeaseRequest([property: JsonPropertyName("ID")] long Id);
