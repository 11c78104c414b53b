namespace Daos.Fabric.Reactor.Tests.Conformance;

/// <summary>What only reactors with a kernel and a thread of their own can be asked.</summary>
public abstract class RealLoopConformance : LoopConformance
{
    // So long that no busy machine takes it for anything else.
    private const long LongWaitNs = 60_000_000_000;

    /// <summary>Bytes that 2000 rounds may allocate on the owner thread: none per operation, and none at all where the code is ours.</summary>
    private protected virtual long AllocatedBytesAllowed => 0;

    [Fact]
    public void TryPost_FromAnotherThread_WakesABlockedLoop()
    {
        var item = new CountingItem();
        OwnerLoop loop = Fixture.Loop;
        int turns = 0;
        for (int i = 0; i < 50; i++)
        {
            int expected = i + 1;
            var thread = new Thread(() => Assert.True(loop.TryPost(item)));
            thread.Start();
            while (item.Count < expected)
            {
                loop.RunTurn(LongWaitNs);
                Assert.True(++turns < 1000);
            }

            thread.Join();
        }

        Assert.True(Reactor.Clock.MonotonicNs > 0);
    }

    [Fact]
    public void Wake_BeforeTheWait_EndsIt()
    {
        Fixture.Loop.RunTurn(0);
        for (int i = 0; i < 20; i++)
        {
            long startNs = Reactor.Clock.MonotonicNs;
            Reactor.Wake();
            Fixture.Loop.RunTurn(LongWaitNs);
            Assert.True(Reactor.Clock.MonotonicNs - startNs < LongWaitNs, "the wait was not ended");
        }
    }

    [Fact]
    public void Turn_NothingToDo_BlocksForTheTimeAskedAndCountsIt()
    {
        Fixture.Loop.RunTurn(0);
        long startNs = Reactor.Clock.MonotonicNs;
        long blockedBeforeNs = Reactor.Statistics.BlockedNs;
        Fixture.Loop.RunTurn(20_000_000);
        Fixture.Loop.RunTurn(0);
        long blockedNs = Reactor.Statistics.BlockedNs - blockedBeforeNs;
        long elapsedNs = Reactor.Clock.MonotonicNs - startNs;

        // How much longer it takes is up to the machine; what was blocked is no part of the turn.
        Assert.InRange(blockedNs, 19_000_000, elapsedNs);
        Assert.InRange(Fixture.Loop.LastTurnNs, 0, elapsedNs - blockedNs);
    }

    [Fact]
    public void LastTurnNs_SlowItem_IsMeasured()
    {
        Fixture.Do(() => Fixture.Loop.Schedule(new SpinningItem(Reactor.Clock, 3_000_000)));
        Fixture.Loop.RunTurn(0);
        Fixture.Loop.RunTurn(0);
        Assert.True(Fixture.Loop.LastTurnNs >= 3_000_000);
        Assert.True(Fixture.Loop.LongestTurnNs >= 3_000_000);
    }

    [Fact]
    public void Turns_AfterWarmUp_AllocateNothing()
    {
        const int RoundsMax = 6;
        var echo = new SelfEcho(this);
        echo.RunRounds(3000);

        // On a busy machine code is compiled late: what turns need by themselves is what the best round shows.
        long least = long.MaxValue;
        for (int round = 0; round < RoundsMax && least > AllocatedBytesAllowed; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            echo.RunRounds(2000);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.InRange(least, 0, AllocatedBytesAllowed);
        echo.Close();
    }

    [Fact]
    public void Wake_WithSocketsWatched_EndsTheWaitThatFollows()
    {
        ListenerHandle listener = Reactor.Listen(Fixture.AnyTcp, 4).Value;
        _ = Start(op => Reactor.Accept(listener.Descriptor, op));
        Fixture.Loop.RunTurn(0);
        for (int i = 0; i < 5; i++)
        {
            long startNs = Reactor.Clock.MonotonicNs;
            Reactor.Wake();
            Fixture.Loop.RunTurn(LongWaitNs);
            Assert.True(Reactor.Clock.MonotonicNs - startNs < LongWaitNs, "the wait was not ended");
        }
    }

    private sealed class CountingItem : WorkItem
    {
        public int Count { get; private set; }

        protected override void Execute() => Count++;
    }

    private sealed class SpinningItem(Core.Time.IClock clock, long durationNs) : WorkItem
    {
        protected override void Execute()
        {
            long endNs = clock.MonotonicNs + durationNs;
            while (clock.MonotonicNs < endNs)
            {
            }
        }
    }
}
