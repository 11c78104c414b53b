namespace Daos.Fabric.Rpc.Swim;

/// <summary>A ping under way on behalf of another member. Immutable.</summary>
internal readonly record struct SwimRelay(Rank Target, Rank For, uint Sequence, long EndsNs);
