namespace Daos.Fabric.Xstreams.Tests.Support;

/// <summary>One xstream on a manual clock, driven by the test: deterministic.</summary>
internal sealed class Bench : IDisposable
{
    public Bench(int readyBudget = 512, List<SlowSlice>? slow = null, Func<long>? pausedNs = null)
    {
        Xstream = new Xstream("bench", new TimerReactor(Clock), new XstreamOptions
        {
            Loop = new OwnerLoopOptions { ReadyBudget = readyBudget, OnUnhandled = (_, e) => Unhandled.Add(e) },
            OnSlowSlice = (_, s) => slow?.Add(s),
            PausedNs = pausedNs ?? (static () => 0),
        });
    }

    public ManualClock Clock { get; } = new();

    public Xstream Xstream { get; }

    public List<Exception> Unhandled { get; } = [];

    /// <summary>Starts a ULT as the given class.</summary>
    public void Start(Func<ValueTask> body, byte requestClass = RequestClass.Anonymous)
    {
        using OwnerThread.EnterScope scope = Xstream.Enter();
        Xstream.Schedule(new Ult(Xstream, body) { SchedulingClass = requestClass });
    }

    /// <summary>Runs turns until nothing is ready, then fails the test for anything unhandled.</summary>
    public void RunUntilIdle()
    {
        while (Xstream.RunTurn(0) > 0)
        {
        }

        Assert.Empty(Unhandled);
    }

    public void Run(Func<ValueTask> body)
    {
        bool done = false;
        Start(async () =>
        {
            await body();
            done = true;
        });
        RunUntilIdle();
        Assert.True(done, "the ULT did not finish");
    }

    public void Dispose() => Xstream.Reactor.Dispose();

    private sealed class Ult(OwnerLoop loop, Func<ValueTask> body) : WorkItem
    {
        protected override void Execute() => loop.Spawn(body());
    }
}
