namespace Daos.Fabric.Transport.Tests.Harness;

/// <summary>Tests that measure the whole process stand in this collection, which runs alone.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class MeasuredAlone
{
    /// <summary>The collection.</summary>
    public const string Name = "measures the process";
}
