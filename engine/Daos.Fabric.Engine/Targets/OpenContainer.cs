using Daos.Fabric.Protocol.Containers;

namespace Daos.Fabric.Engine.Targets;

/// <summary>A container that a client opened, as one target knows it. Owned by the target's xstream.</summary>
internal sealed record OpenContainer(Guid Handle, ContainerId Container, ContainerProperties Properties, PoolShard Shard)
{
    /// <summary>The snapshot that the handle reads, and through which nothing is changed; none for the container as it is.</summary>
    public Epoch Snapshot { get; init; }
}
