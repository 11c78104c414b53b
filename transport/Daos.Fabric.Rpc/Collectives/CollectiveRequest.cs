namespace Daos.Fabric.Rpc.Collectives;

/// <summary>A collective request at one rank. Immutable but for its reply; owned by the service's loop.</summary>
/// <param name="Opcode">The operation.</param>
/// <param name="GroupId">The group that it runs over.</param>
/// <param name="Root">Who started it.</param>
/// <param name="Parent">Who handed it to this rank; <see cref="Rank.None"/> at the root.</param>
/// <param name="Payload">What the root gave, the same at every rank.</param>
/// <param name="DeadlineNs">When this rank's parent does not wait any more, on the loop's clock.</param>
public sealed record CollectiveRequest(RpcOpcode Opcode, uint GroupId, Rank Root, Rank Parent, ReadOnlyMemory<byte> Payload, long DeadlineNs)
{
    /// <summary>The reply of this rank's part.</summary>
    public CollectiveReply Reply { get; } = new();
}
