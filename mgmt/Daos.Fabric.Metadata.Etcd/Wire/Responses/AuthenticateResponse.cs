namespace Daos.Fabric.Metadata.Etcd.Wire.Responses;

/// <summary>Answer of /v3/auth/authenticate.</summary>
internal sealed record AuthenticateResponse(string? Token);
