using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Core.Time;
using Daos.Fabric.Reactor.Blocking;

namespace Daos.Fabric.Reactor.Portable;

/// <summary>
/// The reactor on .NET alone, for systems without io_uring and epoll: asynchronous sockets, whose completions return through a bounded
/// queue, and helper threads for files. It calls no native library of its own. Driven by one thread.
/// </summary>
public sealed unsafe partial class PortableReactor : Reactor
{
    private const int QueueCapacity = 256;
    private const int QuietWaitMs = 10;
    private const int SilentWaitsMax = 6000;

    private readonly OperationTable _operations = new();
    private readonly Queue<Finished> _finished = new(QueueCapacity);

    // A task is in the queue at most once and has an operation of the table, so the queue cannot be full.
    private readonly BoundedQueue<SocketTask> _arrivals = new(OperationTable.CapacityMax);
    private readonly OwnerSignal _signal = new();
    private readonly NativeSlab _gathered = new(GatherBytesMax);
    private readonly FileHelpers _helpers;
    private int _sleeping;
    private int _wakeRequested;
    private bool _quiet;
    private bool _disposed;

    /// <param name="clock">Time of the timers.</param>
    /// <param name="files">Names and sizes of files, and the handles of those that are open.</param>
    public PortableReactor(IClock clock, PortableFiles files)
    {
        Clock = clock;
        Files = files;
        Timers = new TimerWheel(clock.MonotonicNs);
        _helpers = new FileHelpers(new PortableFileCalls(files), WakeIfSleeping);
    }

    /// <inheritdoc/>
    public override string Kind => "portable";

    /// <inheritdoc/>
    public override IClock Clock { get; }

    /// <inheritdoc/>
    public override TimerWheel Timers { get; }

    /// <inheritdoc/>
    public override IReactorFiles Files { get; }

    /// <inheritdoc/>
    public override ReactorStatistics Statistics { get; } = new();

    /// <inheritdoc/>
    public override IReadOnlyList<string> Notes =>
        ["The portable reactor is in use: files go through the page cache (no O_DIRECT), and each socket call passes another thread."];

    /// <inheritdoc/>
    public override void Cancel(ReactorOperation operation)
    {
        if (!operation.IsActive)
        {
            return;
        }

        int index = operation.Slot;
        ref OperationSlot slot = ref _operations[index];
        if (slot.IsParked || slot.IsCancelled)
        {
            return;
        }

        slot.IsCancelled = true;
        if (slot.Kind is OperationKind.ReadFile or OperationKind.WriteFile or OperationKind.FlushFile)
        {
            _helpers.Cancel(index);
        }
        else if (TaskOf(index) is { IsUnderWay: true } task)
        {
            // It arrives soon, and the memory is borrowed until then.
            task.Cancel();
        }
        else
        {
            Finish(index, -Errno.Canceled);
        }
    }

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
        if (_quiet)
        {
            return;
        }

        _quiet = true;
        _helpers.Dispose();
        for (int waits = 0; CancelTasks() > 0; waits++)
        {
            Invariant.Check(waits < SilentWaitsMax);
            _signal.Clear();
            Volatile.Write(ref _sleeping, 1);
            Interlocked.MemoryBarrier();
            if (_arrivals.IsEmpty)
            {
                _signal.Wait(QuietWaitMs);
            }

            Volatile.Write(ref _sleeping, 0);
            DropArrivals();
        }

        for (int i = 0; i < _operations.Capacity; i++)
        {
            if (_operations[i].Operation is not null)
            {
                _ = _operations.Remove(i);
            }
        }
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
        _operations.Dispose();
    }

    /// <summary>A call on a socket has ended. Any thread.</summary>
    internal void Arrive(SocketTask task)
    {
        Invariant.Check(_arrivals.TryEnqueue(task));
        WakeIfSleeping();
    }

    private void WakeIfSleeping()
    {
        // The owner publishes _sleeping and then looks for results; who has one queues it and then looks at _sleeping.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _sleeping) != 0 && Interlocked.Exchange(ref _sleeping, 0) != 0)
        {
            _signal.Set();
            Interlocked.Increment(ref Statistics.Wakes);
        }
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
        Volatile.Write(ref _sleeping, 1);
        Interlocked.MemoryBarrier();
        if (_arrivals.IsEmpty && !_helpers.HasResults && Volatile.Read(ref _wakeRequested) == 0)
        {
            // Milliseconds, rounded up: a timer is late by at most that here.
            Statistics.Waits++;
            _signal.Wait((int)Math.Min((Math.Min(waitNs, untilTimerNs) + 999_999) / 1_000_000, int.MaxValue));
        }

        Volatile.Write(ref _sleeping, 0);
        _ = Interlocked.Exchange(ref _wakeRequested, 0);
        long afterNs = Clock.MonotonicNs;
        Statistics.BlockedNs += afterNs - nowNs;
        return RunOnce() + Timers.Advance(afterNs);
    }

    private int RunOnce()
    {
        TakeArrivals();
        TakeFileResults();

        // Only what is in the queue now: operations started by completions complete in a later turn.
        int count = _finished.Count;
        for (int i = 0; i < count; i++)
        {
            Finished finished = _finished.Dequeue();
            int index = _operations.Find(finished.Tag);
            Invariant.Check(index >= 0);
            ReactorOperation operation = finished.More ? _operations[index].Operation! : _operations.Remove(index);
            operation.Complete(finished.Result, finished.More);
        }

        Statistics.Completions += count;
        return count;
    }

    private int Begin(ReactorOperation operation, OperationKind kind, int descriptor)
    {
        Invariant.Check(!_quiet);
        return _operations.Add(operation, kind, descriptor);
    }

    // From here on the operation is over; its owner hears of it when the queue is run.
    private void Finish(int index, int result)
    {
        Invariant.Check(!_operations[index].IsParked);
        _operations[index].IsParked = true;
        _finished.Enqueue(new Finished(_operations.TagOf(index), result, More: false));
    }

    private readonly record struct Finished(ulong Tag, int Result, bool More);
}
