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
public sealed unsafe partial class EpollReactor : HelperReactor
{
    private const int EventsMax = 256;
    private const int EventBytesAligned = 16;

    // struct epoll_event is packed on x86-64 only: 4 bytes of events, then the 8 bytes that we gave.
    private static readonly int s_eventBytes = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : EventBytesAligned;

    private readonly byte[] _events = GC.AllocateArray<byte>(EventsMax * EventBytesAligned, pinned: true);
    private readonly int _epollFd;
    private readonly int _wakeFd;
    private bool _woken;
    private bool _disposed;

    /// <param name="clock">Time of the timers.</param>
    /// <param name="files">Names and sizes of files.</param>
    public EpollReactor(IClock clock, IReactorFiles files)
        : base(clock, files, new PosixFileCalls())
    {
        _epollFd = EpollCalls.epoll_create1(EpollCalls.EPOLL_CLOEXEC);
        _wakeFd = Eventfd.eventfd(0, Eventfd.EFD_CLOEXEC | Eventfd.EFD_NONBLOCK);
        if (_epollFd < 0 || _wakeFd < 0)
        {
            throw new InvalidOperationException($"epoll or eventfd cannot be had (errno {Unistd.LastErrno})");
        }

        Watch(_wakeFd, EpollCalls.EPOLLIN | EpollCalls.EPOLLET);
    }

    /// <inheritdoc/>
    public override string Kind => "epoll";

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
        WakeOwner();
        Interlocked.Increment(ref Statistics.Wakes);
    }

    /// <inheritdoc/>
    public override void Quiesce()
    {
        // Only the helper threads hold memory of ours outside a turn.
        if (!BeginQuiet())
        {
            return;
        }

        for (int i = 0; i < Operations.Capacity; i++)
        {
            if (Operations[i] is { Operation: not null, Kind: OperationKind.Connect, IsParked: false })
            {
                _ = Unistd.close(Operations[i].Descriptor);
            }
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
        _ = Unistd.close(_epollFd);
        _ = Unistd.close(_wakeFd);
        Operations.Dispose();
    }

    private int Wait(long nowNs, long waitNs)
    {
        long untilTimerNs = Timers.NextDueNs - nowNs;
        if (untilTimerNs <= 0)
        {
            return 0;
        }

        Statistics.Waits++;
        PublishSleep();

        // Milliseconds, rounded up: a timer is late by at most that here.
        long waitMs = HasFileResults ? 0 : (Math.Min(waitNs, untilTimerNs) + 999_999) / 1_000_000;
        int ran = RunOnce((int)Math.Min(waitMs, int.MaxValue));
        EndSleep();
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
            PollEvents(!HasFinished && _attempts.Count == 0 ? waitMs : 0);
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

    private protected override void WakeOwner()
    {
        // Edge-triggered: every write is an event, and nobody needs to read.
        ulong one = 1;
        _ = Unistd.write(_wakeFd, &one, sizeof(ulong));
    }

    private protected override void Leave(int index, int result)
    {
        LeaveSocket(index);
        ref OperationSlot slot = ref Operations[index];
        if (slot.Kind == OperationKind.Connect && result < 0 && slot.Descriptor >= 0)
        {
            Close(slot.Descriptor);
        }
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
}
