namespace Daos.Fabric.Rpc.Collectives;

/// <summary>What to run, and where. Immutable; one serves any number of broadcasts.</summary>
/// <param name="Opcode">The operation (see <see cref="ICollectiveOperation"/>).</param>
public sealed record CollectiveCall(RpcOpcode Opcode)
{
    /// <summary>0 for the primary group, else a secondary one.</summary>
    public uint GroupId { get; init; }

    /// <summary>The tree.</summary>
    public TreeTopology Topology { get; init; } = TreeTopology.Default;

    /// <summary>Primary ranks that are left out, or with <see cref="CollectiveFlags.FilterIncludes"/> the only ones that take part.</summary>
    public IReadOnlyList<Rank> Filter { get; init; } = [];

    /// <summary>How filter and failures are treated.</summary>
    public CollectiveFlags Flags { get; init; }

    /// <summary>The tag that every rank runs it on.</summary>
    public ushort Tag { get; init; }
}
