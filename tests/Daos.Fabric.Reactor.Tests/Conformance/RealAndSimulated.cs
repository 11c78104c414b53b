namespace Daos.Fabric.Reactor.Tests.Conformance;

public sealed class UringSocketTests : SocketConformance
{
    internal override ReactorFixture Create() => new RealFixture("uring");
}

public sealed class SpinningUringSocketTests : SocketConformance
{
    internal override ReactorFixture Create() => new RealFixture("uring", PollingPolicy.Busy);
}

public sealed class SleepingUringSocketTests : SocketConformance
{
    internal override ReactorFixture Create() => new RealFixture("uring", PollingPolicy.Sleep);
}

public sealed class EpollSocketTests : SocketConformance
{
    internal override ReactorFixture Create() => new RealFixture("epoll");
}

public sealed class PortableSocketTests : SocketConformance
{
    internal override ReactorFixture Create() => new RealFixture("portable");
}

public sealed class SimulatedSocketTests : SocketConformance
{
    internal override ReactorFixture Create() => new SimulatedFixture(3);
}

public sealed class UringFileTests : FileConformance
{
    internal override ReactorFixture Create() => new RealFixture("uring");
}

public sealed class EpollFileTests : FileConformance
{
    internal override ReactorFixture Create() => new RealFixture("epoll");
}

public sealed class PortableFileTests : FileConformance
{
    internal override ReactorFixture Create() => new RealFixture("portable");
}

public sealed class SimulatedFileTests : FileConformance
{
    internal override ReactorFixture Create() => new SimulatedFixture(4);
}

public sealed class UringLoopTests : RealLoopConformance
{
    internal override ReactorFixture Create() => new RealFixture("uring");
}

public sealed class SpinningUringLoopTests : RealLoopConformance
{
    internal override ReactorFixture Create() => new RealFixture("uring", PollingPolicy.Busy);
}

public sealed class SleepingUringLoopTests : RealLoopConformance
{
    internal override ReactorFixture Create() => new RealFixture("uring", PollingPolicy.Sleep);
}

public sealed class EventfdUringLoopTests : RealLoopConformance
{
    internal override ReactorFixture Create() => new RealFixture("uring", uring: new() { RingMessages = false });
}

public sealed class EpollLoopTests : RealLoopConformance
{
    internal override ReactorFixture Create() => new RealFixture("epoll");
}

public sealed class PortableLoopTests : RealLoopConformance
{
    // .NET's sockets keep free lists of their own, which grow when one of their threads is late.
    private protected override long AllocatedBytesAllowed => 2000;

    internal override ReactorFixture Create() => new RealFixture("portable");
}

public sealed class SimulatedLoopTests : LoopConformance
{
    internal override ReactorFixture Create() => new SimulatedFixture(5);
}
