namespace Daos.Fabric.Rpc.Swim;

/// <summary>A statement about a member, carried by every SWIM message. Immutable.</summary>
/// <param name="Rank">The member.</param>
/// <param name="Status">What it is held to be.</param>
/// <param name="Incarnation">Which of its lives is meant; only the member itself raises it, to refute a suspicion.</param>
public readonly record struct SwimUpdate(Rank Rank, SwimStatus Status, ulong Incarnation);
