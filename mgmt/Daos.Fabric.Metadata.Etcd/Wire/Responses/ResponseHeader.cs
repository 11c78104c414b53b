namespace Daos.Fabric.Metadata.Etcd.Wire.Responses;

/// <summary>What every answer begins with.</summary>
internal sealed record ResponseHeader(long Revision);
