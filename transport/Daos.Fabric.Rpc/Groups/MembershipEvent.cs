namespace Daos.Fabric.Rpc.Groups;

/// <summary>Something happened to a rank. Immutable.</summary>
/// <param name="Rank">To whom; <see cref="Rank.None"/> with <see cref="MembershipKind.Missed"/>.</param>
/// <param name="Incarnation">In which of its lives; 0 when it is not known.</param>
/// <param name="Source">Who says so.</param>
/// <param name="Kind">What.</param>
/// <param name="GroupVersion">The primary group's version at that time.</param>
public sealed record MembershipEvent(Rank Rank, ulong Incarnation, MembershipSource Source, MembershipKind Kind, uint GroupVersion);
