namespace Daos.Fabric.Store.Aggregation;

/// <summary>What a discard takes back. A value.</summary>
/// <param name="Container">The container, or null for all of the shard.</param>
/// <param name="Object">The object, or null for all of the container.</param>
/// <param name="First">First epoch; 0 for everything up to the last.</param>
/// <param name="Last">Last epoch.</param>
public readonly record struct DiscardScope(ContainerId? Container, ObjectId? Object, ulong First, ulong Last);
