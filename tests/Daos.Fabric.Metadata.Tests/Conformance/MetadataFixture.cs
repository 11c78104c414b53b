namespace Daos.Fabric.Metadata.Tests.Conformance;

/// <summary>One empty store and what a test needs beside it.</summary>
public sealed record MetadataFixture(IMetadataStore Store, Func<long, Task> PauseMs, IClock Clock)
{
    /// <summary>The shortest lease of this store, in milliseconds.</summary>
    public long LeaseTtlMs { get; init; } = MetadataLimits.LeaseTtlMinMs;

    /// <summary>Breaks every connection of the store, when it has any.</summary>
    public Action Disconnect { get; init; } = () => { };

    /// <summary>Callers of one store at once.</summary>
    public int Callers { get; init; } = 4;
}
