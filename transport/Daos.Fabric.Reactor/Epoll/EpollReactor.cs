using Daos.Fabric.Core.Time;
using Daos.Fabric.Reactor.Blocking;
using Daos.Fabric.Reactor.Native;
using Daos.Fabric.Reactor.Posix;

namespace Daos.Fabric.Reactor.Epoll;

/// <summary>
/// The reactor where io_uring is refused: edge-triggered epoll, non-blocking calls made inside the turn, and a few helper threads for
/// file I/O, which Linux cannot do without blocking otherwise. Driven by one thread.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed unsafe partial class EpollReactor : Reactor
{
    private const int EventsMax = 256;
    private const int EventBytesAligned = 16;
    private const int QueueCapacity = 256;

    // struct epoll_event is packed on x86-64 only: 4 bytes of events, then the 8 bytes that we gave.
    private static readonly int s_eventBytes = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : EventBytesAligned;

    private readonly OperationTable _operations = new();
    private readonly Queue<Finished> _finished = new(QueueCapacity);
    private readonly byte[] _events = GC.AllocateArray<byte>(EventsMax * EventBytesAligned, pinned: true);
    private readonly int _epollFd;
    private readonly int _wakeFd;
    private readonly FileHelpers _helpers;
    private int _sleeping;
    private bool _woken;
    private bool _quiet;
    private bool _disposed;

    /// <param name="clock">Time of the timers.</param>
    /// <param name="files">Names and sizes of files.</param>
    public EpollReactor(IClock clock, IReactorFiles files)
    {
        Clock = clock;
        Files = files;
        Timers = new TimerWheel(clock.MonotonicNs);
        _epollFd = EpollCalls.epoll_create1(EpollCalls.EPOLL_CLOEXEC);
        _wakeFd = Eventfd.eventfd(0, Eventfd.EFD_CLOEXEC | Eventfd.EFD_NONBLOCK);
        if (_epollFd < 0 || _wakeFd < 0)
        {
            throw new InvalidOperationException($"epoll or eventfd cannot be had (errno {Unistd.LastErrno})");
        }

        Watch(_wakeFd, EpollCalls.EPOLLIN | EpollCalls.EPOLLET);
        _helpers = new FileHelpers(new PosixFileCalls(), WakeIfSleeping);
    }

    /// <inheritdoc/>
    public override string Kind => "epoll";

    /// <inheritdoc/>
    public override IClock Clock { get; }

    /// <inheritdoc/>
    public override TimerWheel Timers { get; }

    /// <inheritdoc/>
    public override IReactorFiles Files { get; }

    /// <inheritdoc/>
    public override ReactorStatistics Statistics { get; } = new();

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
            return;
        }

        Finish(index, -Errno.Canceled);
    }

    /// <inheritdoc/>
    public override int Turn(long nowNs, long waitNs)
    {
        Statistics.Turns++;
        _woken = false;
        int ran = RunOnce(0);
        ran += Timers.Advance(nowNs);
        return ran == 0 && waitNs > 0 && !_woken ? Wait(nowNs, waitNs) : ran;
    }

    /// <inheritdoc/>
    public override void Wake()
    {
        // Edge-triggered: every write is an event, and nobody needs to read.
        ulong one = 1;
        _ = Unistd.write(_wakeFd, &one, sizeof(ulong));
        Interlocked.Increment(ref Statistics.Wakes);
    }

    /// <inheritdoc/>
    public override void Quiesce()
    {
        if (_quiet)
        {
            return;
        }

        // Only the helper threads hold memory of ours outside a turn: they finish what they have begun, and end.
        _quiet = true;
        _helpers.Dispose();
        for (int i = 0; i < _operations.Capacity; i++)
        {
            if (_operations[i].Operation is null)
            {
                continue;
            }

            if (_operations[i].Kind == OperationKind.Connect && !_operations[i].IsParked)
            {
                _ = Unistd.close(_operations[i].Descriptor);
            }

            _ = _operations.Remove(i);
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
        _ = Unistd.close(_epollFd);
        _ = Unistd.close(_wakeFd);
        _operations.Dispose();
    }

    private void WakeIfSleeping()
    {
        // The owner publishes _sleeping and then looks for results; a helper queues its result and then looks at _sleeping.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _sleeping) != 0 && Interlocked.Exchange(ref _sleeping, 0) != 0)
        {
            Wake();
        }
    }

    private int Wait(long nowNs, long waitNs)
    {
        long untilTimerNs = Timers.NextDueNs - nowNs;
        if (untilTimerNs <= 0)
        {
            return 0;
        }

        Statistics.Waits++;
        Volatile.Write(ref _sleeping, 1);
        Interlocked.MemoryBarrier();

        // Milliseconds, rounded up: a timer is late by at most that here.
        long waitMs = _helpers.HasResults ? 0 : (Math.Min(waitNs, untilTimerNs) + 999_999) / 1_000_000;
        int ran = RunOnce((int)Math.Min(waitMs, int.MaxValue));
        Volatile.Write(ref _sleeping, 0);
        long afterNs = Clock.MonotonicNs;
        Statistics.BlockedNs += afterNs - nowNs;
        return ran + Timers.Advance(afterNs);
    }

    // Tries what is worth trying, hears what became possible meanwhile, tries that, then runs the completions.
    private int RunOnce(int waitMs)
    {
        RunAttempts();
        TakeFileResults();
        if (waitMs > 0 || _watchedSockets > 0)
        {
            PollEvents(_finished.Count == 0 && _attempts.Count == 0 ? waitMs : 0);
            RunAttempts();
            TakeFileResults();
        }

        return DeliverFinished();
    }

    private void PollEvents(int waitMs)
    {
        Statistics.Enters++;
        fixed (byte* events = _events)
        {
            // A negative count is EINTR, an ordinary return without events.
            int count = EpollCalls.epoll_wait(_epollFd, events, EventsMax, waitMs);
            for (int i = 0; i < count; i++)
            {
                byte* row = events + (i * s_eventBytes);
                OnEvent(*(int*)(row + s_eventBytes - sizeof(ulong)), *(uint*)row);
            }
        }
    }

    // Only what is in the queue now: operations started by completions complete in a later turn.
    private int DeliverFinished()
    {
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
        ref OperationSlot slot = ref _operations[index];
        Invariant.Check(!slot.IsParked);
        slot.IsParked = true;
        LeaveSocket(index);
        if (slot.Kind == OperationKind.Connect && result < 0 && slot.Descriptor >= 0)
        {
            Close(slot.Descriptor);
        }

        _finished.Enqueue(new Finished(_operations.TagOf(index), result, More: false));
    }

    private void Watch(int fd, uint events)
    {
        byte* row = stackalloc byte[EventBytesAligned];
        *(uint*)row = events;
        *(ulong*)(row + s_eventBytes - sizeof(ulong)) = (uint)fd;
        int result = EpollCalls.epoll_ctl(_epollFd, EpollCalls.EPOLL_CTL_ADD, fd, row);
        if (result < 0 && Unistd.LastErrno is int errno and not Errno.Exists)
        {
            throw new InvalidOperationException($"epoll cannot watch descriptor {fd} (errno {errno})");
        }
    }

    private readonly record struct Finished(ulong Tag, int Result, bool More);
}
