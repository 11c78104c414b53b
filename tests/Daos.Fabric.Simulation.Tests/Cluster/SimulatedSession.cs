namespace Daos.Fabric.Simulation.Tests.Cluster;

/// <summary>A client's way to one engine: its context there, and a container.</summary>
internal sealed record SimulatedSession(ClientContext Context, ContainerSession Container);
