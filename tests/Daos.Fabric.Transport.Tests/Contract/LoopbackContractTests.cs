namespace Daos.Fabric.Transport.Tests.Contract;

public sealed class DirectLoopbackContractTests : AllocationTests
{
    private protected override Pair Open(Func<TransportOptions, TransportOptions>? change = null) => new LoopbackPair(cross: false, change);
}

public sealed class CrossLoopbackContractTests : AllocationTests
{
    private protected override Pair Open(Func<TransportOptions, TransportOptions>? change = null) => new LoopbackPair(cross: true, change);
}
