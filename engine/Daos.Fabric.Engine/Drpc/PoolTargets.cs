namespace Daos.Fabric.Engine.Drpc;

/// <summary>A pool and the targets of this engine that hold shards of it. Immutable.</summary>
/// <param name="Pool">The pool.</param>
/// <param name="Targets">In ascending order.</param>
public sealed record PoolTargets(PoolId Pool, IReadOnlyList<int> Targets);
