using Daos.Fabric.Reactor.Uring;

namespace Daos.Fabric.Reactor.Tests.Conformance;

internal sealed class RealFixture : ReactorFixture
{
    private const long LimitNs = 10_000_000_000;

    private readonly string _directory;
    private readonly long _waitNs;

    public RealFixture(string kind, PollingPolicy polling = PollingPolicy.Adaptive, UringOptions? uring = null)
    {
        _waitNs = polling == PollingPolicy.Busy ? 0 : 5_000_000;
        // A file system on a disk: O_DIRECT means nothing on the temporary ones.
        _directory = System.IO.Directory.CreateDirectory(
            Path.Combine(AppContext.BaseDirectory, "reactor-" + Guid.NewGuid().ToString("N")[..12])).FullName;
        Loop = new OwnerLoop(kind, ReactorFactory.Create(kind, uring: uring), new OwnerLoopOptions { Polling = polling });
    }

    public override OwnerLoop Loop { get; }

    public override string Directory => _directory;

    public override void Until(Func<bool> condition)
    {
        long deadlineNs = Loop.Clock.MonotonicNs + LimitNs;
        while (!condition())
        {
            Assert.True(Loop.Clock.MonotonicNs < deadlineNs, "the condition did not come true in ten seconds");
            Loop.RunTurn(_waitNs);
        }
    }

    public override void For(long durationNs)
    {
        long endNs = Loop.Clock.MonotonicNs + durationNs;
        while (Loop.Clock.MonotonicNs < endNs)
        {
            Loop.RunTurn(_waitNs);
        }
    }

    public override void Dispose()
    {
        Reactor.Dispose();
        System.IO.Directory.Delete(_directory, recursive: true);
    }
}
