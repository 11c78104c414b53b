namespace Daos.Fabric.Rpc.Tests.Harness;

/// <summary>Tests that load the machine so that others beside them would be held silent, and they beside others. One after the other, beside nothing.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class LoadedAlone
{
    public const string Name = "loaded alone";
}
