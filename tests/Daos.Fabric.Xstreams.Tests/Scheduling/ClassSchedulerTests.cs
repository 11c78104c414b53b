using Daos.Fabric.Xstreams.Tests.Support;

namespace Daos.Fabric.Xstreams.Tests.Scheduling;

public sealed class ClassSchedulerTests
{
    private readonly ClassScheduler _scheduler = new();
    private readonly List<int> _log = [];

    [Fact]
    public void Next_OneClass_IsFirstInFirstOut()
    {
        Fill(RequestClass.Update, 100);

        List<WorkItem> order = TakeTurn(1000);

        Assert.Equal(100, order.Count);
        order.ForEach(i => Run(i));
        Assert.Equal(Enumerable.Range(0, 100), _log);
    }

    [Fact]
    public void Next_BudgetSmallerThanReady_LeavesTheRest()
    {
        Fill(RequestClass.Fetch, 100);

        Assert.Equal(30, TakeTurn(30).Count);
        Assert.Equal(70, _scheduler.Count);
        Assert.Equal(70, TakeTurn(1000).Count);
    }

    [Fact]
    public void Next_ItemQueuedDuringTurn_WaitsForTheNextTurn()
    {
        Fill(RequestClass.Update, 1);
        _scheduler.BeginTurn(100);
        Assert.NotNull(_scheduler.Next());
        Fill(RequestClass.Update, 1);

        Assert.Null(_scheduler.Next());
        Assert.Single(TakeTurn(100));
    }

    [Fact]
    public void Next_AllClassesBusy_NoneStarvesAndForegroundLeads()
    {
        for (byte c = 0; c < RequestClass.Count; c++)
        {
            Fill(c, 5000);
        }

        var counts = new int[RequestClass.Count];
        foreach (WorkItem item in TakeTurn(2000))
        {
            counts[item.SchedulingClass]++;
        }

        Assert.All(counts, count => Assert.True(count > 0));
        Assert.True(counts[RequestClass.Fetch] > 5 * counts[RequestClass.GarbageCollection]);
        Assert.True(counts[RequestClass.Update] > 5 * counts[RequestClass.GarbageCollection]);
        Assert.Equal(2.0, (double)counts[RequestClass.Fetch] / counts[RequestClass.Update], 0.2);
    }

    [Fact]
    public void Next_TinyBudgets_StillServeEveryClass()
    {
        for (byte c = 0; c < RequestClass.Count; c++)
        {
            Fill(c, 500);
        }

        var seen = new HashSet<byte>();
        for (int turn = 0; turn < 300; turn++)
        {
            TakeTurn(1).ForEach(i => seen.Add(i.SchedulingClass));
        }

        Assert.Equal(RequestClass.Count, seen.Count);
    }

    [Fact]
    public void Next_CriticalSpace_BoostsGarbageCollectionAndSlowsUpdates()
    {
        int calm = GarbagePer1000Updates(SpacePressure.None);
        int tight = GarbagePer1000Updates(SpacePressure.Tight);
        int critical = GarbagePer1000Updates(SpacePressure.Critical);

        Assert.True(tight > 2 * calm, $"{tight} against {calm}");
        Assert.True(critical > 2 * tight, $"{critical} against {tight}");
    }

    [Fact]
    public void Enqueue_UnknownClass_CountsAsAnonymous()
    {
        _scheduler.Enqueue(new Mark(_log, 7) { SchedulingClass = 200 });

        Assert.Equal(1, _scheduler.CountOf(RequestClass.Anonymous));
        Assert.Single(TakeTurn(1));
    }

    private static int GarbagePer1000Updates(SpacePressure pressure)
    {
        var scheduler = new ClassScheduler { Pressure = pressure };
        for (int i = 0; i < 20_000; i++)
        {
            scheduler.Enqueue(new Mark([], i) { SchedulingClass = RequestClass.Update });
            scheduler.Enqueue(new Mark([], i) { SchedulingClass = RequestClass.GarbageCollection });
        }

        int updates = 0;
        int garbage = 0;
        scheduler.BeginTurn(10_000);
        while (scheduler.Next() is { } item)
        {
            updates += item.SchedulingClass == RequestClass.Update ? 1 : 0;
            garbage += item.SchedulingClass == RequestClass.Update ? 0 : 1;
        }

        return garbage * 1000 / updates;
    }

    private static void Run(WorkItem item)
    {
        using var bench = new Bench();
        using OwnerThread.EnterScope scope = bench.Xstream.Enter();
        bench.Xstream.Schedule(item);
        bench.Xstream.RunTurn(0);
    }

    private void Fill(byte requestClass, int count)
    {
        for (int i = 0; i < count; i++)
        {
            _scheduler.Enqueue(new Mark(_log, i) { SchedulingClass = requestClass });
        }
    }

    private List<WorkItem> TakeTurn(int budget)
    {
        var items = new List<WorkItem>();
        _scheduler.BeginTurn(budget);
        while (_scheduler.Next() is { } item)
        {
            items.Add(item);
        }

        return items;
    }
}
