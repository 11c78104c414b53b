namespace Daos.Fabric.Client.Pools;

/// <summary>A pool as it is listed.</summary>
/// <param name="Id">Its identifier.</param>
/// <param name="Name">Its label.</param>
public sealed record PoolInfo(PoolId Id, string Name);
