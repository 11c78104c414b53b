namespace Daos.Fabric.Client.Containers;

/// <summary>A snapshot of a container.</summary>
/// <param name="Epoch">What it shows: everything that was written up to it, and nothing later. Also its identity.</param>
/// <param name="Name">Its label; empty when it was made without one.</param>
public sealed record SnapshotInfo(Epoch Epoch, string Name);
