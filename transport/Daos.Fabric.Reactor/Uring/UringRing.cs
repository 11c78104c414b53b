using Daos.Fabric.Reactor.Native;

namespace Daos.Fabric.Reactor.Uring;

/// <summary>
/// The mapped submission and completion queues of one io_uring. Made disabled on any thread, so that a refusal shows at start-up, and
/// enabled by the thread that drives it (which SINGLE_ISSUER binds it to). Heads and tails are shared with the kernel: ours are written
/// with release, the kernel's are read with acquire.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe class UringRing : IDisposable
{
    private const uint SqEntries = 256;
    private const uint CqEntries = 4096;
    private const int StuckMax = 1000;

    // From best to plainest: DEFER_TASKRUN runs completions only when this thread asks for them and needs SINGLE_ISSUER (6.1);
    // COOP_TASKRUN saves the interrupt of a running thread (5.19).
    private static readonly uint[] s_flagSets =
    [
        IoUring.IORING_SETUP_SINGLE_ISSUER | IoUring.IORING_SETUP_DEFER_TASKRUN | IoUring.IORING_SETUP_TASKRUN_FLAG
            | IoUring.IORING_SETUP_SUBMIT_ALL,
        IoUring.IORING_SETUP_COOP_TASKRUN | IoUring.IORING_SETUP_TASKRUN_FLAG | IoUring.IORING_SETUP_SUBMIT_ALL,
        0,
    ];

    private readonly int _fd;
    private readonly bool _mustAskForEvents;
    private readonly byte* _sqRing;
    private readonly byte* _cqRing;
    private readonly nuint _sqRingBytes;
    private readonly nuint _cqRingBytes;
    private readonly nuint _sqesBytes;
    private readonly uint* _sqHead;
    private readonly uint* _sqTail;
    private readonly uint* _sqFlags;
    private readonly uint* _cqHead;
    private readonly uint* _cqTail;
    private readonly uint _sqMask;
    private readonly uint _cqMask;
    private readonly IoUringSqe* _sqes;
    private readonly IoUringCqe* _cqes;
    private readonly ReactorStatistics _statistics;
    private uint _tail;
    private uint _submitted;
    private bool _enabled;

    private UringRing(int fd, in IoUringParams p, ReactorStatistics statistics)
    {
        _fd = fd;
        _statistics = statistics;
        SetupFlags = p.Flags;
        _mustAskForEvents = (p.Flags & IoUring.IORING_SETUP_TASKRUN_FLAG) == 0;
        _sqRingBytes = p.SqOff.Array + (p.SqEntries * sizeof(uint));
        _cqRingBytes = p.CqOff.Cqes + (p.CqEntries * (uint)sizeof(IoUringCqe));
        _sqesBytes = p.SqEntries * (uint)sizeof(IoUringSqe);
        bool single = (p.Features & IoUring.IORING_FEAT_SINGLE_MMAP) != 0;
        if (single)
        {
            _sqRingBytes = _cqRingBytes = Math.Max(_sqRingBytes, _cqRingBytes);
        }

        _sqRing = Map(fd, _sqRingBytes, IoUring.IORING_OFF_SQ_RING);
        _cqRing = single ? _sqRing : Map(fd, _cqRingBytes, IoUring.IORING_OFF_CQ_RING);
        _sqes = (IoUringSqe*)Map(fd, _sqesBytes, IoUring.IORING_OFF_SQES);
        if (_sqRing is null || _cqRing is null || _sqes is null)
        {
            throw new InvalidOperationException("io_uring: the rings could not be mapped");
        }

        _sqHead = (uint*)(_sqRing + p.SqOff.Head);
        _sqTail = (uint*)(_sqRing + p.SqOff.Tail);
        _sqFlags = (uint*)(_sqRing + p.SqOff.Flags);
        _sqMask = *(uint*)(_sqRing + p.SqOff.RingMask);
        _cqHead = (uint*)(_cqRing + p.CqOff.Head);
        _cqTail = (uint*)(_cqRing + p.CqOff.Tail);
        _cqMask = *(uint*)(_cqRing + p.CqOff.RingMask);
        _cqes = (IoUringCqe*)(_cqRing + p.CqOff.Cqes);
        _tail = *_sqTail;
        _submitted = _tail;

        // Entries are used in ring order, so the index array never changes.
        uint* array = (uint*)(_sqRing + p.SqOff.Array);
        for (uint i = 0; i < p.SqEntries; i++)
        {
            array[i] = i;
        }
    }

    /// <summary>The flags that the kernel accepted.</summary>
    internal uint SetupFlags { get; }

    /// <summary>True when entries were written and not yet taken by the kernel.</summary>
    internal bool HasPending => _tail != _submitted;

    /// <summary>How many.</summary>
    internal uint PendingCount => _tail - _submitted;

    /// <summary>True when the kernel has results that it shows only after a call.</summary>
    internal bool HasHiddenResults =>
        (Volatile.Read(ref *_sqFlags) & (IoUring.IORING_SQ_TASKRUN | IoUring.IORING_SQ_CQ_OVERFLOW)) != 0;

    /// <summary>
    /// True once the kernel stopped in the middle of a linked chain (it was out of memory): from then on nobody relies on chains.
    /// </summary>
    internal bool HasBrokenChains { get; private set; }

    /// <summary>Completions that can be taken now.</summary>
    internal uint ReadyCount => Volatile.Read(ref *_cqTail) - *_cqHead;

    /// <summary>A ring, or null with the reason in one sentence.</summary>
    internal static UringRing? TryCreate(ReactorStatistics statistics, out string reason)
    {
        int errno = 0;
        foreach (uint flags in s_flagSets)
        {
            IoUringParams parameters = default;
            parameters.Flags = flags | IoUring.IORING_SETUP_R_DISABLED | IoUring.IORING_SETUP_CQSIZE | IoUring.IORING_SETUP_CLAMP;
            parameters.CqEntries = CqEntries;
            int fd = IoUring.io_uring_setup(SqEntries, &parameters);
            if (fd >= 0)
            {
                reason = Judge(fd, parameters);
                if (reason.Length == 0)
                {
                    return new UringRing(fd, parameters, statistics);
                }

                _ = Unistd.close(fd);
                return null;
            }

            errno = Unistd.LastErrno;
            if (errno != Errno.Invalid)
            {
                break;
            }
        }

        reason = $"the kernel refuses io_uring (errno {errno})";
        return null;
    }

    /// <summary>Binds the ring to the calling thread, from which alone it is used from now on.</summary>
    internal void Enable()
    {
        if (!_enabled)
        {
            int result = IoUring.io_uring_register(_fd, IoUring.IORING_REGISTER_ENABLE_RINGS, null, 0);
            Check(result < 0 ? -Unistd.LastErrno : 0, "enable");
            _enabled = true;
        }
    }

    /// <summary>Completes an operation that nobody began, with this as its user data, and wakes who waits; false when the kernel cannot. Any thread.</summary>
    internal bool TryTell(ulong userData)
    {
        IoUringSqe message = new() { Opcode = IoUring.IORING_OP_MSG_RING, Fd = _fd, Offset = userData };
        return IoUring.io_uring_register(-1, IoUring.IORING_REGISTER_SEND_MSG_RING, &message, 1) >= 0;
    }

    /// <summary>The next submission entry, cleared. A full queue is submitted first.</summary>
    internal IoUringSqe* NextEntry()
    {
        if (_tail - Volatile.Read(ref *_sqHead) > _sqMask)
        {
            SubmitFullQueue();
        }

        IoUringSqe* entry = _sqes + (_tail & _sqMask);
        *entry = default;
        _tail++;
        return entry;
    }

    /// <summary>Makes room for entries that must be submitted together.</summary>
    internal void Reserve(uint count)
    {
        if (_tail + count - Volatile.Read(ref *_sqHead) > _sqMask + 1)
        {
            SubmitFullQueue();
        }
    }

    /// <summary>Submits what is pending, and shows nothing: in the middle of a turn.</summary>
    internal void Submit() => Enter(0, 0, null, 0);

    /// <summary>Submits what is pending and shows hidden results, in one call, without waiting.</summary>
    internal void SubmitAndShow() => Enter(0, IoUring.IORING_ENTER_GETEVENTS, null, 0);

    /// <summary>The same, and waits for a completion at most a time. With nothing to do, a signal or the timeout end it early.</summary>
    internal void SubmitAndWait(long timeoutNs)
    {
        KernelTimespec time = new() { Seconds = timeoutNs / 1_000_000_000, Nanoseconds = timeoutNs % 1_000_000_000 };
        IoUringGetEventsArg argument = new() { Timespec = (ulong)&time };
        Enter(1, IoUring.IORING_ENTER_GETEVENTS | IoUring.IORING_ENTER_EXT_ARG, &argument, (nuint)sizeof(IoUringGetEventsArg));
    }

    /// <summary>True when a call is worth making before completions are taken.</summary>
    internal bool WantsCall(bool underWay) => HasPending || HasHiddenResults || (_mustAskForEvents && underWay && ReadyCount == 0);

    /// <summary>Takes the oldest completion.</summary>
    internal IoUringCqe Take()
    {
        uint head = *_cqHead;
        IoUringCqe completion = _cqes[head & _cqMask];
        Volatile.Write(ref *_cqHead, head + 1);
        return completion;
    }

    public void Dispose()
    {
        _ = Mman.munmap(_sqes, _sqesBytes);
        if (_cqRing != _sqRing)
        {
            _ = Mman.munmap(_cqRing, _cqRingBytes);
        }

        _ = Mman.munmap(_sqRing, _sqRingBytes);
        _ = Unistd.close(_fd);
    }

    private static byte* Map(int fd, nuint length, long offset)
    {
        void* address = Mman.mmap(null, length, Mman.PROT_READ | Mman.PROT_WRITE, Mman.MAP_SHARED | Mman.MAP_POPULATE, fd, offset);
        return address == Mman.MAP_FAILED ? null : (byte*)address;
    }

    private static string Judge(int fd, in IoUringParams parameters)
    {
        const uint Needed = IoUring.IORING_FEAT_NODROP | IoUring.IORING_FEAT_EXT_ARG;
        if ((parameters.Features & Needed) != Needed)
        {
            return "the kernel's io_uring is too old: it drops completions or cannot wait with a timeout";
        }

        IoUringProbe probe = default;
        if (IoUring.io_uring_register(fd, IoUring.IORING_REGISTER_PROBE, &probe, IoUringProbe.OperationsMax) < 0)
        {
            return $"the kernel's io_uring cannot be probed (errno {Unistd.LastErrno})";
        }

        ReadOnlySpan<byte> needed =
        [
            IoUring.IORING_OP_FSYNC, IoUring.IORING_OP_SENDMSG, IoUring.IORING_OP_ACCEPT, IoUring.IORING_OP_ASYNC_CANCEL,
            IoUring.IORING_OP_CONNECT, IoUring.IORING_OP_READ, IoUring.IORING_OP_WRITE, IoUring.IORING_OP_SEND, IoUring.IORING_OP_RECV,
        ];
        foreach (byte opcode in needed)
        {
            if (!probe.Knows(opcode))
            {
                return $"the kernel's io_uring lacks operation {opcode}";
            }
        }

        return "";
    }

    private static void Check(int result, string what)
    {
        if (result < 0)
        {
            throw new InvalidOperationException(
                result == -Errno.Exists
                    ? $"io_uring {what}: the reactor is driven by another thread than the one that drove it first"
                    : $"io_uring {what} failed (errno {-result})");
        }
    }

    private void SubmitFullQueue()
    {
        Enable();
        for (int i = 0; _tail - Volatile.Read(ref *_sqHead) > _sqMask; i++)
        {
            Invariant.Check(i < StuckMax);
            SubmitAndShow();
        }
    }

    // EINTR, ETIME, EAGAIN and EBUSY are ordinary: whatever was not submitted stays pending, and completions are taken next.
    private void Enter(uint complete, uint flags, void* argument, nuint argumentSize)
    {
        Volatile.Write(ref *_sqTail, _tail);
        _statistics.Enters++;
        int result = IoUring.io_uring_enter(_fd, _tail - _submitted, complete, flags, argument, argumentSize);
        int errno = result < 0 ? Unistd.LastErrno : 0;

        // The kernel's head says what it took, also when the call ended with an error after that.
        _submitted = Volatile.Read(ref *_sqHead);
        HasBrokenChains |= _submitted != _tail && (_sqes[(_submitted - 1) & _sqMask].Flags & IoUring.IOSQE_IO_LINK) != 0;
        if (errno is not (0 or Errno.Interrupted or Errno.Again or Busy or TimerExpired))
        {
            Check(-errno, "enter");
        }
    }

    private const int Busy = 16;
    private const int TimerExpired = 62;
}
