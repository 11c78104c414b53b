namespace Daos.Fabric.Metadata.Etcd.Wire.Responses;

/// <summary>An answer of which only the code counts.</summary>
internal sealed record EmptyResponse;
