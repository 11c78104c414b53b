namespace Daos.Fabric.Client.Containers;

/// <summary>A container as it is listed.</summary>
/// <param name="Id">Its identifier.</param>
/// <param name="Name">Its label.</param>
public sealed record ContainerInfo(ContainerId Id, string Name);
