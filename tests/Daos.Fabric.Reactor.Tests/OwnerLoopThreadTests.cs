using System.Diagnostics;

namespace Daos.Fabric.Reactor.Tests;

public sealed class OwnerLoopThreadTests
{
    [Theory]
    [InlineData("uring")]
    [InlineData("epoll")]
    [InlineData("portable")]
    public void Idle_UsesUnderOnePercentOfACore(string kind)
    {
        var loop = new OwnerLoop("idle", ReactorFactory.Create(kind), new OwnerLoopOptions());
        var thread = new OwnerLoopThread(loop);
        thread.Start();
        long clockNs = loop.Clock.MonotonicNs;
        while (Volatile.Read(ref loop.Reactor.Statistics.Waits) == 0)
        {
            Assert.True(loop.Clock.MonotonicNs - clockNs < 10_000_000_000);
            Thread.Yield();
        }

        // Other tests of this process use the processor too, so the loop's own account is read: time not spent blocked.
        using var measured = new Measurement(loop);
        Post(loop, measured);
        long startNs = measured.AwaitNs();
        long blockedNs = measured.BlockedNs;
        WaitReal(loop, 1_500_000_000);
        using var second = new Measurement(loop);
        Post(loop, second);
        double elapsedNs = second.AwaitNs() - startNs;
        double busyNs = elapsedNs - (second.BlockedNs - blockedNs);
        thread.StopAndJoin();
        loop.Reactor.Dispose();
        Assert.InRange(busyNs / elapsedNs, 0, 0.01);
    }

    [Theory]
    [InlineData("uring")]
    [InlineData("epoll")]
    [InlineData("portable")]
    public void Post_FromManyThreads_EveryItemRunsOnTheOwnerThread(string kind)
    {
        var loop = new OwnerLoop("busy", ReactorFactory.Create(kind), new OwnerLoopOptions { SpinNs = 0, InboxCapacity = 64 });
        var thread = new OwnerLoopThread(loop);
        thread.Start();
        var counters = Enumerable.Range(0, 4).Select(_ => new Counter(loop)).ToArray();
        Thread[] posters = counters.Select(c => new Thread(() =>
        {
            for (int i = 0; i < 5000; i++)
            {
                int before = Volatile.Read(ref c.Ran);
                while (!loop.TryPost(c))
                {
                    Thread.Yield();
                }

                // An item stands in one queue at a time, so wait for it; a lost wake-up would hang here.
                long endNs = loop.Clock.MonotonicNs + 20_000_000_000;
                while (Volatile.Read(ref c.Ran) == before)
                {
                    Assert.True(loop.Clock.MonotonicNs < endNs, "a wake-up was lost");
                    Thread.Yield();
                }
            }
        })).ToArray();
        Array.ForEach(posters, p => p.Start());
        Array.ForEach(posters, p => p.Join());
        thread.StopAndJoin();
        loop.Reactor.Dispose();
        Assert.All(counters, c => Assert.Equal(5000, c.Ran));
        Assert.All(counters, c => Assert.True(c.AlwaysAtHome));
    }

    [Fact]
    public void PinCore_Zero_IsPinnedAndAnImpossibleCoreIsNot()
    {
        foreach ((int core, bool expected) in new[] { (0, true), (1000, false), (5000, false), (-1, false) })
        {
            int told = 0;
            var options = new OwnerLoopOptions { PinCore = core, OnPinFailed = failed => told += failed.Name == "pin" ? 1 : 100 };
            var loop = new OwnerLoop("pin", ReactorFactory.Create(), options);
            var thread = new OwnerLoopThread(loop);
            thread.Start();
            thread.StopAndJoin();
            loop.Reactor.Dispose();
            Assert.Equal(expected, thread.IsPinned);
            Assert.Equal(core >= 0 && !expected ? 1 : 0, told);
        }
    }

    [Fact]
    public void StopAndJoin_OperationsUnderWay_LetsGoOfTheirMemory()
    {
        foreach (string kind in (string[])["uring", "epoll", "portable"])
        {
            var loop = new OwnerLoop("stop", ReactorFactory.Create(kind), new OwnerLoopOptions());
            ListenerHandle listener = loop.Reactor.Listen(SocketAddress.Tcp(System.Net.IPAddress.Loopback, 0), 4).Value;
            var accept = new RecordingOperation();
            var thread = new OwnerLoopThread(loop);
            using (loop.Enter())
            {
                loop.Reactor.Accept(listener.Descriptor, accept);
            }

            thread.Start();
            WaitReal(loop, 5_000_000);
            thread.StopAndJoin();
            Assert.False(accept.IsActive);
            loop.Reactor.Dispose();
        }
    }

    private static void Post(OwnerLoop loop, WorkItem item) => Assert.True(loop.TryPost(item));

    private static void WaitReal(OwnerLoop loop, long durationNs)
    {
        using var never = new ManualResetEventSlim();
        never.Wait(TimeSpan.FromMicroseconds(durationNs / 1000));
        Debug.Assert(loop.Clock.MonotonicNs > 0);
    }

    private sealed class Measurement(OwnerLoop loop) : WorkItem, IDisposable
    {
        private readonly ManualResetEventSlim _done = new();
        private long _nowNs;

        public long BlockedNs { get; private set; }

        public void Dispose() => _done.Dispose();

        public long AwaitNs()
        {
            Assert.True(_done.Wait(TimeSpan.FromSeconds(20)));
            return _nowNs;
        }

        protected override void Execute()
        {
            _nowNs = loop.NowNs;
            BlockedNs = loop.Reactor.Statistics.BlockedNs;
            _done.Set();
        }
    }

    private sealed class Counter(OwnerLoop loop) : WorkItem
    {
        public int Ran;

        public bool AlwaysAtHome { get; private set; } = true;

        protected override void Execute()
        {
            AlwaysAtHome &= ReferenceEquals(OwnerThread.Current, loop);
            Volatile.Write(ref Ran, Ran + 1);
        }
    }
}
