namespace Daos.Fabric.Metadata.Etcd.Wire.Requests;

/// <summary>Body of /v3/lease/grant.</summary>
internal sealed record LeaseGrantRequest([property: JsonPropertyName("TTL")] long Ttl);
