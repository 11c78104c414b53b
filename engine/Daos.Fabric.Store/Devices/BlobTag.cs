namespace Daos.Fabric.Store.Devices;

/// <summary>Whose a blob is: one role of a pool's shard on a target. A device holds each once. Immutable.</summary>
/// <param name="Pool">The pool.</param>
/// <param name="Target">Target of the engine.</param>
/// <param name="Role">One role.</param>
public readonly record struct BlobTag(Guid Pool, int Target, BlobRole Role)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Role.ToString().ToLowerInvariant()} of pool {Pool} on target {Target}";
}
