namespace Daos.Fabric.Store.Tests;

/// <summary>Tests that measure the memory of the whole process: nothing else of it runs meanwhile.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class MeasuredAlone
{
    internal const string Name = "measured alone";
}
