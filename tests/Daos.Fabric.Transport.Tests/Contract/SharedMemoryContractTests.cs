namespace Daos.Fabric.Transport.Tests.Contract;

public sealed class UringSharedMemoryContractTests : AllocationTests
{
    private protected override Pair Open(Func<TransportOptions, TransportOptions>? change = null) => new SharedMemoryPair("uring", change);
}

public sealed class EpollSharedMemoryContractTests : AllocationTests
{
    private protected override Pair Open(Func<TransportOptions, TransportOptions>? change = null) => new SharedMemoryPair("epoll", change);
}

public sealed class RingOnlySharedMemoryContractTests : AllocationTests
{
    private protected override Pair Open(Func<TransportOptions, TransportOptions>? change = null) =>
        new SharedMemoryPair("uring", change, useProcessMemory: false);
}
