namespace Daos.Fabric.Transport.Tests.Contract;

public sealed class SimulatedTcpContractTests : ContractTests
{
    private protected override Pair Open(Func<TransportOptions, TransportOptions>? change = null) => new SimulatedPair(11, "tcp://127.0.0.1:0", change);
}

public sealed class SimulatedUnixContractTests : ContractTests
{
    private protected override Pair Open(Func<TransportOptions, TransportOptions>? change = null) =>
        new SimulatedPair(12, "unix:///run/daos.sock", o => (change?.Invoke(o) ?? o) with { BulkChecksums = true });
}

public sealed class UringTcpContractTests : AllocationTests
{
    private protected override Pair Open(Func<TransportOptions, TransportOptions>? change = null) => new RealPair("uring", unix: false, change);
}

public sealed class UringUnixContractTests : AllocationTests
{
    private protected override Pair Open(Func<TransportOptions, TransportOptions>? change = null) => new RealPair("uring", unix: true, change);
}

public sealed class EpollTcpContractTests : AllocationTests
{
    private protected override Pair Open(Func<TransportOptions, TransportOptions>? change = null) => new RealPair("epoll", unix: false, change);
}

public sealed class EpollUnixContractTests : AllocationTests
{
    private protected override Pair Open(Func<TransportOptions, TransportOptions>? change = null) => new RealPair("epoll", unix: true, change);
}

// .NET's sockets keep free lists of their own, which grow when one of their threads is late: no allocation tests.
public sealed class PortableTcpContractTests : ContractTests
{
    private protected override Pair Open(Func<TransportOptions, TransportOptions>? change = null) => new RealPair("portable", unix: false, change);
}

public sealed class PortableUnixContractTests : ContractTests
{
    private protected override Pair Open(Func<TransportOptions, TransportOptions>? change = null) => new RealPair("portable", unix: true, change);
}

public sealed class SimulatedIpv6ContractTests : ContractTests
{
    private protected override Pair Open(Func<TransportOptions, TransportOptions>? change = null) => new SimulatedPair(13, "tcp://[::1]:0", change);
}

public sealed class UringIpv6ContractTests : AllocationTests
{
    private protected override Pair Open(Func<TransportOptions, TransportOptions>? change = null) => new RealPair("uring", unix: false, change, address: "tcp://[::1]:0");
}

public sealed class EpollIpv6ContractTests : AllocationTests
{
    private protected override Pair Open(Func<TransportOptions, TransportOptions>? change = null) => new RealPair("epoll", unix: false, change, address: "tcp://[::1]:0");
}

public sealed class PortableIpv6ContractTests : ContractTests
{
    private protected override Pair Open(Func<TransportOptions, TransportOptions>? change = null) => new RealPair("portable", unix: false, change, address: "tcp://[::1]:0");
}
