namespace Daos.Fabric.Rpc.Collectives;

/// <summary>What every rank must know to hand a collective on; the ranks of the filter lie in the message. Immutable.</summary>
internal readonly record struct CollectiveHeader(
    RpcOpcode Opcode, uint GroupId, uint Version, uint PrimaryVersion, TreeTopology Topology, Rank Root, CollectiveFlags Flags, int FilterCount)
{
    internal bool IsRootExcluded => (Flags & CollectiveFlags.RootExcluded) != 0;

    internal bool FailsOut => (Flags & CollectiveFlags.FailOut) != 0;

    internal bool FilterIncludes => (Flags & CollectiveFlags.FilterIncludes) != 0;
}
