using Daos.Fabric.Core.Time;

namespace Daos.Fabric.Reactor;

/// <summary>
/// An owner thread around a reactor: inbox, ready queue, reactor, in turns. The client's progress thread is one as it stands; the
/// engine's xstream derives from it and schedules by request class. A real loop runs on its own thread
/// (<see cref="OwnerLoopThread"/>); the simulator calls <see cref="RunTurn"/> itself.
/// </summary>
public class OwnerLoop : OwnerThread
{
    private readonly BoundedQueue<WorkItem> _inbox;
    private WorkQueue _ready;
    private bool _submitRequested;
    private int _sleeping;
    private long _blockedBeforeNs;
    private bool _hasTurned;
    private ILoopPoller[] _pollers = [];

    /// <param name="name">For logs.</param>
    /// <param name="reactor">Owned by this loop from now on.</param>
    /// <param name="options">Limits and polling policy.</param>
    public OwnerLoop(string name, Reactor reactor, OwnerLoopOptions options)
        : base(name)
    {
        Reactor = reactor;
        reactor.Spins = options.Polling != PollingPolicy.Sleep && options.SpinNs > 0;
        Options = options;
        _inbox = new BoundedQueue<WorkItem>(options.InboxCapacity);
        NowNs = reactor.Clock.MonotonicNs;
    }

    /// <summary>The loop's reactor.</summary>
    public Reactor Reactor { get; }

    /// <summary>Limits and polling policy.</summary>
    public OwnerLoopOptions Options { get; }

    /// <inheritdoc/>
    public sealed override IClock Clock => Reactor.Clock;

    /// <summary>Exceptions that nothing awaited.</summary>
    public long UnhandledCount { get; private set; }

    /// <summary>The newest of them.</summary>
    public Exception? LastUnhandled { get; private set; }

    /// <summary>Called at the end of each turn's work, before the reactor submits: connections put what the turn wrote into one send.</summary>
    public event Action? BeforeSubmit;

    /// <summary>True when scheduled work waits for the next turn. The simulator asks between turns, so this has no side effect.</summary>
    public virtual bool HasReady => _ready.Count > 0;

    /// <summary>True when scheduled or posted work, mail or a requested <see cref="BeforeSubmit"/> waits for the next turn.</summary>
    public bool HasWork => HasReady || HasMail || _submitRequested || !_inbox.IsEmpty;

    /// <summary>How long the turn before this one took in ns, time blocked in the reactor aside: what a watchdog compares.</summary>
    public long LastTurnNs { get; private set; }

    /// <summary>The longest such time so far in ns.</summary>
    public long LongestTurnNs { get; private set; }

    /// <summary>
    /// Says that <see cref="BeforeSubmit"/> has something to do, as it has when a completion wrote a message: the loop is not idle until
    /// it ran. Owner thread only.
    /// </summary>
    public void RequestSubmit() => _submitRequested = true;

    /// <summary>No turn will run any more.</summary>
    internal void Ended() => End();

    /// <summary>Has a source of work asked every turn. Before the loop runs, or on the owner thread.</summary>
    public void AddPoller(ILoopPoller poller) => _pollers = [.. _pollers, poller];

    /// <summary>Asks it no more. After the loop ended, or on the owner thread.</summary>
    public void RemovePoller(ILoopPoller poller) => _pollers = Array.FindAll(_pollers, p => !ReferenceEquals(p, poller));

    /// <inheritdoc/>
    public override void Schedule(WorkItem item)
    {
        Assert();
        _ready.Enqueue(item);
    }

    /// <inheritdoc/>
    public sealed override bool TryPost(WorkItem item)
    {
        if (!_inbox.TryEnqueue(item))
        {
            return false;
        }

        WakeIfSleeping();
        return true;
    }

    /// <summary>Wakes the loop when it sleeps or is about to. Any thread; call it after the work was published.</summary>
    public void WakeIfSleeping()
    {
        // The owner publishes _sleeping and then looks at its inbox and mail; we publish the work and then look at _sleeping.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _sleeping) != 0 && Interlocked.Exchange(ref _sleeping, 0) != 0)
        {
            Reactor.Wake();
        }
    }

    /// <inheritdoc/>
    public override void ReportUnhandled(Exception exception)
    {
        UnhandledCount++;
        LastUnhandled = exception;
        Options.OnUnhandled?.Invoke(this, exception);
    }

    /// <summary>
    /// One turn: run what is ready, submit and reap I/O, wait when there is nothing to do. Returns the number of items and completions.
    /// </summary>
    /// <param name="waitNs">Longest wait when idle; 0 never waits.</param>
    public int RunTurn(long waitNs)
    {
        using EnterScope scope = Enter();
        ReadClock();
        int ran = DrainInbox();
        ran += DrainMail();
        ran += Poll();
        ran += RunReady();
        _submitRequested = false;
        BeforeSubmit?.Invoke();
        if (ran > 0 || HasReady || waitNs == 0)
        {
            ran += Reactor.Turn(NowNs, 0);
            Reactor.Statistics.Polls += ran == 0 ? 1 : 0;
            return ran;
        }

        return WaitForWork(waitNs);
    }

    /// <summary>Runs ready items within this turn's budget.</summary>
    protected virtual int RunReady()
    {
        int count = Math.Min(_ready.Count, Options.ReadyBudget);
        for (int i = 0; i < count; i++)
        {
            Run(_ready.Dequeue()!);
        }

        return count;
    }

    /// <summary>
    /// Takes what other owner threads left for this one in channels of their own (an xstream's mailboxes), and returns how many items it
    /// took. Called once per turn, before ready items run.
    /// </summary>
    protected virtual int DrainMail() => 0;

    /// <summary>
    /// True when <see cref="DrainMail"/> would find something. Asked after the loop announced that it goes to sleep, and by the simulator
    /// between turns, so it has no side effect.
    /// </summary>
    protected virtual bool HasMail => false;

    // One clock read per turn: the start of a turn ends the one before it.
    private void ReadClock()
    {
        long nowNs = Clock.MonotonicNs;
        long blockedNs = Reactor.Statistics.BlockedNs;
        if (_hasTurned)
        {
            LastTurnNs = nowNs - NowNs - (blockedNs - _blockedBeforeNs);
            LongestTurnNs = Math.Max(LongestTurnNs, LastTurnNs);
        }

        _hasTurned = true;
        _blockedBeforeNs = blockedNs;
        NowNs = nowNs;
    }

    private int DrainInbox()
    {
        int count = 0;
        while (count < Options.ReadyBudget && _inbox.TryDequeue(out WorkItem? item))
        {
            Run(item);
            count++;
        }

        return count;
    }

    private int Poll()
    {
        int ran = 0;
        foreach (ILoopPoller poller in _pollers)
        {
            ran += poller.Poll();
        }

        return ran;
    }

    private int WaitForWork(long waitNs)
    {
        Volatile.Write(ref _sleeping, 1);
        Interlocked.MemoryBarrier();
        int ran = Reactor.Turn(NowNs, _inbox.IsEmpty && !HasMail && PollersMayWait() ? waitNs : 0);
        Volatile.Write(ref _sleeping, 0);
        return ran;
    }

    private bool PollersMayWait()
    {
        foreach (ILoopPoller poller in _pollers)
        {
            if (!poller.PrepareToWait())
            {
                return false;
            }
        }

        return true;
    }
}
