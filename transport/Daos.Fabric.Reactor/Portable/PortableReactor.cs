using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Core.Time;
using Daos.Fabric.Reactor.Blocking;

namespace Daos.Fabric.Reactor.Portable;

/// <summary>
/// The reactor on .NET alone, for systems without io_uring and epoll: asynchronous sockets, whose completions return through a bounded
/// queue, and helper threads for files. It calls no native library of its own. Driven by one thread.
/// </summary>
public sealed unsafe partial class PortableReactor : HelperReactor
{
    private const int QuietWaitMs = 10;
    private const int SilentWaitsMax = 6000;

    // A task is in the queue at most once and has an operation of the table, so the queue cannot be full.
    private readonly BoundedQueue<SocketTask> _arrivals = new(OperationTable.CapacityMax);
    private readonly OwnerSignal _signal = new();
    private readonly NativeSlab _gathered = new(GatherBytesMax);
    private int _wakeRequested;
    private bool _disposed;

    /// <param name="clock">Time of the timers.</param>
    /// <param name="files">Names and sizes of files, and the handles of those that are open.</param>
    public PortableReactor(IClock clock, PortableFiles files)
        : base(clock, files, new PortableFileCalls(files))
    {
    }

    /// <inheritdoc/>
    public override string Kind => "portable";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Notes =>
        ["The portable reactor is in use: files go through the page cache (no O_DIRECT), and each socket call passes another thread."];

    /// <inheritdoc/>
    public override int Turn(long nowNs, long waitNs)
    {
        Statistics.Turns++;
        bool woken = Volatile.Read(ref _wakeRequested) != 0 && Interlocked.Exchange(ref _wakeRequested, 0) != 0;
        int ran = RunOnce();
        ran += Timers.Advance(nowNs);
        return ran == 0 && waitNs > 0 && !woken ? Wait(nowNs, waitNs) : ran;
    }

    /// <inheritdoc/>
    public override void Wake()
    {
        Volatile.Write(ref _wakeRequested, 1);
        _signal.Set();
        Interlocked.Increment(ref Statistics.Wakes);
    }

    /// <inheritdoc/>
    public override void Quiesce()
    {
        if (!BeginQuiet())
        {
            return;
        }

        for (int waits = 0; CancelTasks() > 0; waits++)
        {
            Invariant.Check(waits < SilentWaitsMax);
            _signal.Clear();
            PublishSleep();
            if (_arrivals.IsEmpty)
            {
                _signal.Wait(QuietWaitMs);
            }

            EndSleep();
            DropArrivals();
        }

        DropOperations();
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        Quiesce();
        CloseSockets();
        _signal.Dispose();
        _gathered.Dispose();
        Operations.Dispose();
    }

    /// <summary>A call on a socket has ended. Any thread.</summary>
    internal void Arrive(SocketTask task)
    {
        Invariant.Check(_arrivals.TryEnqueue(task));
        WakeIfSleeping();
    }

    private int Wait(long nowNs, long waitNs)
    {
        long untilTimerNs = Timers.NextDueNs - nowNs;
        if (untilTimerNs <= 0)
        {
            return 0;
        }

        // Cleared first: whatever is set from here on ends the wait.
        _signal.Clear();
        PublishSleep();
        if (_arrivals.IsEmpty && !HasFileResults && Volatile.Read(ref _wakeRequested) == 0)
        {
            // Milliseconds, rounded up: a timer is late by at most that here.
            Statistics.Waits++;
            _signal.Wait((int)Math.Min((Math.Min(waitNs, untilTimerNs) + 999_999) / 1_000_000, int.MaxValue));
        }

        EndSleep();
        _ = Interlocked.Exchange(ref _wakeRequested, 0);
        long afterNs = Clock.MonotonicNs;
        Statistics.BlockedNs += afterNs - nowNs;
        return RunOnce() + Timers.Advance(afterNs);
    }

    private protected override void WakeOwner() => _signal.Set();

    private protected override void CancelSocket(int index)
    {
        if (TaskOf(index) is { IsUnderWay: true } task)
        {
            // It arrives soon, and the memory is borrowed until then.
            task.Cancel();
        }
        else
        {
            base.CancelSocket(index);
        }
    }

    private int RunOnce()
    {
        TakeArrivals();
        TakeFileResults();
        return DeliverFinished();
    }
}
