using Daos.Fabric.Protocol.Containers;

namespace Daos.Fabric.Engine.Targets;

/// <summary>A container that a client opened, as one target knows it. Owned by the target's xstream.</summary>
internal sealed record OpenContainer(Guid Handle, ContainerId Container, ContainerProperties Properties, PoolShard Shard);
