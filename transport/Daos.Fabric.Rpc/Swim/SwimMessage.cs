namespace Daos.Fabric.Rpc.Swim;

/// <summary>A SWIM message without its updates. Immutable.</summary>
/// <param name="Kind">Which of the three.</param>
/// <param name="Target">Whom it is about: the receiver of a ping, the member to be pinged, the member that answered.</param>
/// <param name="Sequence">Chosen by who asks, repeated by who answers.</param>
public readonly record struct SwimMessage(SwimMessageKind Kind, Rank Target, uint Sequence);
