using Daos.Fabric.Xstreams.Tests.Support;

namespace Daos.Fabric.Xstreams.Tests.Scheduling;

public sealed class XstreamTests
{
    [Fact]
    public void Continuation_OfAnUpdate_StaysAnUpdate()
    {
        using var bench = new Bench();
        var classes = new List<byte>();
        bench.Start(
            async () =>
            {
                classes.Add(bench.Xstream.CurrentClass);
                await bench.Xstream.YieldAsync();
                classes.Add(bench.Xstream.CurrentClass);
                await bench.Xstream.SleepAsync(0);
                classes.Add(bench.Xstream.CurrentClass);
            },
            RequestClass.Update);

        while (classes.Count < 3)
        {
            bench.Clock.MonotonicNs += 20_000;
            bench.Xstream.RunTurn(0);
        }

        Assert.Equal([RequestClass.Update, RequestClass.Update, RequestClass.Update], classes);
    }

    [Fact]
    public void RunTurn_UltThatYieldsForEver_DoesNotHoldTheTurn()
    {
        using var bench = new Bench();
        int rounds = 0;
        bench.Start(async () =>
        {
            while (rounds < 10)
            {
                rounds++;
                await bench.Xstream.YieldAsync();
            }
        });

        bench.Xstream.RunTurn(0);

        Assert.Equal(1, rounds);
        bench.RunUntilIdle();
        Assert.Equal(10, rounds);
    }

    [Fact]
    public void Schedule_FromForeignThread_IsRefused()
    {
        using var bench = new Bench();

        Assert.Throws<InvalidOperationException>(() => bench.Xstream.Schedule(new Mark([], 1)));
    }

    [Fact]
    public void Watchdog_SlowUlt_IsNamedWithItsTime()
    {
        var slow = new List<SlowSlice>();
        using var bench = new Bench(slow: slow);
        bench.Start(() => DawdleAsync(bench));

        bench.RunUntilIdle();

        SlowSlice slice = Assert.Single(slow);
        Assert.Equal("XstreamTests.DawdleAsync", slice.Names);
        Assert.Equal(40_000_000, slice.DurationNs);
        Assert.Equal(1, bench.Xstream.SlowSliceCount);
    }

    [Fact]
    public void Watchdog_Report_AllocatesNothingUntilItIsRead()
    {
        using var bench = new Bench(slow: new List<SlowSlice>(capacity: 8));
        using (bench.Xstream.Enter())
        {
            bench.Xstream.Schedule(new Sluggard(bench.Clock));
        }

        bench.RunUntilIdle();
        var item = new Sluggard(bench.Clock);
        using (bench.Xstream.Enter())
        {
            bench.Xstream.Schedule(item);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        bench.Xstream.RunTurn(0);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(2, bench.Xstream.SlowSliceCount);
        Assert.Equal(nameof(Sluggard), bench.Xstream.LastSlowSlice!.Value.Names);
    }

    [Fact]
    public void Watchdog_CollectorsPause_IsSubtracted()
    {
        var slow = new List<SlowSlice>();
        long paused = 0;
        using var bench = new Bench(slow: slow, pausedNs: () => paused);
        using (bench.Xstream.Enter())
        {
            bench.Xstream.Schedule(new Mark([], 1, () =>
            {
                bench.Clock.MonotonicNs += 40_000_000;
                paused += 20_000_000;
            }));
        }

        bench.RunUntilIdle();

        Assert.Empty(slow);
    }

    [Fact]
    public void Watchdog_SlowOneInALargeGroup_IsNamedAloneTheSecondTime()
    {
        var slow = new List<SlowSlice>();
        using var bench = new Bench(slow: slow);
        for (int round = 0; round < 2; round++)
        {
            using (bench.Xstream.Enter())
            {
                for (int i = 0; i < 10; i++)
                {
                    bench.Xstream.Schedule(new Mark([], i));
                }

                bench.Xstream.Schedule(new Sluggard(bench.Clock));
            }

            bench.RunUntilIdle();
        }

        Assert.Equal(["Mark or Sluggard", "Sluggard"], slow.Select(s => s.Names));
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private static async ValueTask DawdleAsync(Bench bench)
    {
        await bench.Xstream.YieldAsync();
        bench.Clock.MonotonicNs += 40_000_000;
    }

    private sealed class Sluggard(ManualClock clock) : WorkItem
    {
        protected override void Execute() => clock.MonotonicNs += 33_000_000;
    }
}
