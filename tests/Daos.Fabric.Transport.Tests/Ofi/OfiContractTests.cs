using Daos.Fabric.Transport.Ofi;
using Daos.Fabric.Transport.Tests.Contract;

namespace Daos.Fabric.Transport.Tests.Ofi;

[Collection("libfabric")]
public sealed class OfiTcpContractTests : AllocationTests
{
    private protected override Pair Open(Func<TransportOptions, TransportOptions>? change = null) => new OfiPair("ofi+tcp;ofi_rxm", change);
}

[Collection("libfabric")]
public sealed class OfiShmContractTests : AllocationTests
{
    private protected override Pair Open(Func<TransportOptions, TransportOptions>? change = null) => new OfiPair("ofi+shm", change);
}

/// <summary>With local memory registered for every transfer, as verbs wants it.</summary>
[Collection("libfabric")]
public sealed class OfiRegisteredContractTests : AllocationTests
{
    private protected override Pair Open(Func<TransportOptions, TransportOptions>? change = null) =>
        new OfiPair("ofi+tcp;ofi_rxm", change, new OfiOptions { RegisterLocalMemory = true });
}
