namespace Daos.Fabric.Metadata.Etcd.Wire.Responses;

/// <summary>Answer of /v3/lease/grant and, inside a <see cref="StreamLine{T}"/>, of /v3/lease/keepalive.</summary>
internal sealed record LeaseResponse([property: JsonPropertyName("ID")] long Id, [property: JsonPropertyName("TTL")] long Ttl);
