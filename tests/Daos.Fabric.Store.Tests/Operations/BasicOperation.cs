namespace Daos.Fabric.Store.Tests.Operations;

/// <summary>One call of the store's public API, complete until it is durable and answered.</summary>
/// <param name="Name">For reports.</param>
/// <param name="Run">On the shard's owner thread.</param>
internal sealed record BasicOperation(string Name, Func<StoreShard, ValueTask<DerCode>> Run)
{
    /// <inheritdoc/>
    public override string ToString() => Name;
}
