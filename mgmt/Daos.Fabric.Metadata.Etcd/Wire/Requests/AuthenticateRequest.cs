namespace Daos.Fabric.Metadata.Etcd.Wire.Requests;

/// <summary>Body of /v3/auth/authenticate.</summary>
internal sealed record AuthenticateRequest(string Name, string Password);
