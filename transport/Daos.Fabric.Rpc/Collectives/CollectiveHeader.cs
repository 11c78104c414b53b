namespace Daos.Fabric.Rpc.Collectives;

/// <summary>What every rank must know to hand a collective on. Immutable.</summary>
internal sealed record CollectiveHeader(
    RpcOpcode Opcode, uint GroupId, uint Version, uint PrimaryVersion, TreeTopology Topology, Rank Root, CollectiveFlags Flags, Rank[] Filter)
{
    internal bool IsRootExcluded => (Flags & CollectiveFlags.RootExcluded) != 0;
}
