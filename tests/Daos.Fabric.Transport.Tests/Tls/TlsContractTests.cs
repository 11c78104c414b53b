using Daos.Fabric.Transport.Sockets;
using Daos.Fabric.Transport.Tests.Contract;

namespace Daos.Fabric.Transport.Tests.Tls;

/// <summary>The whole contract over TLS 1.3, with certificates shown by both sides.</summary>
public sealed class SimulatedTlsContractTests : ContractTests
{
    private protected override Pair Open(Func<TransportOptions, TransportOptions>? change = null) =>
        new SimulatedPair(14, "tcp://127.0.0.1:0", change, provider: Provider());

    internal static SocketsProvider Provider() => new() { Tls = TestCertificates.Shared };
}

public sealed class UringTlsContractTests : AllocationTests
{
    private protected override Pair Open(Func<TransportOptions, TransportOptions>? change = null) =>
        new RealPair("uring", unix: false, change, SimulatedTlsContractTests.Provider());
}

public sealed class EpollTlsContractTests : AllocationTests
{
    private protected override Pair Open(Func<TransportOptions, TransportOptions>? change = null) =>
        new RealPair("epoll", unix: false, o => (change?.Invoke(o) ?? o) with { BulkChecksums = true }, SimulatedTlsContractTests.Provider());
}
