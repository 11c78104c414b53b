namespace Daos.Fabric.Reactor.Simulated;

/// <summary>What becomes of one message.</summary>
/// <param name="IsLost">It never comes.</param>
/// <param name="HeldNs">How much later than usual it comes.</param>
/// <param name="DoubleHeldNs">How much later than usual its double comes; below 0 when there is none.</param>
public readonly record struct MessageFate(bool IsLost, long HeldNs, long DoubleHeldNs);
