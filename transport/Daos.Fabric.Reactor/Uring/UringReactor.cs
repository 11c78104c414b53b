using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Core.Time;
using Daos.Fabric.Reactor.Native;
using Daos.Fabric.Reactor.Posix;

namespace Daos.Fabric.Reactor.Uring;

/// <summary>
/// The reactor on io_uring, by raw system calls. A turn makes one call, which submits what was queued and shows what completed, and none
/// when the mapped rings say that there is neither; reads of files are submitted before. Driven by one thread, the one of its first turn.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed unsafe partial class UringReactor : Reactor
{
    private const ulong FirstPartBit = 1UL << 61;
    private const ulong WakeTag = 1UL << 62;
    private const ulong MessageTag = WakeTag | 1;
    private const ulong IgnoredTag = 1UL << 63;
    private const long CancelWaitNs = 10_000_000;
    private const int SilentWaitsMax = 6000;

    private readonly UringRing _ring;
    private readonly OperationTable _operations = new();
    private readonly NativeSlab _wakeMemory = new(8);
    private readonly UringOptions _options;
    private readonly int _wakeFd;
    private byte[] _socketHints = new byte[1024];
    private volatile bool _takesMessages;
    private bool _started;
    private bool _woken;
    private bool _quiet;
    private bool _disposed;

    private UringReactor(UringRing ring, IClock clock, IReactorFiles files, ReactorStatistics statistics, UringOptions options)
    {
        _ring = ring;
        _options = options;
        Clock = clock;
        Files = files;
        Statistics = statistics;
        Timers = new TimerWheel(clock.MonotonicNs);
        _wakeFd = Eventfd.eventfd(0, Eventfd.EFD_CLOEXEC);
        Invariant.Check(_wakeFd >= 0);
    }

    /// <inheritdoc/>
    public override string Kind => "uring";

    /// <inheritdoc/>
    public override IClock Clock { get; }

    /// <inheritdoc/>
    public override TimerWheel Timers { get; }

    /// <inheritdoc/>
    public override IReactorFiles Files { get; }

    /// <inheritdoc/>
    public override ReactorStatistics Statistics { get; }

    /// <summary>True when it is woken by messages into the ring; known from the first turn on.</summary>
    public bool TakesMessages => _takesMessages;

    /// <summary>A reactor, or null with the reason in one sentence when this kernel or container has no usable io_uring.</summary>
    /// <param name="clock">Time of its timers.</param>
    /// <param name="files">The machine's.</param>
    /// <param name="reason">Why there is none.</param>
    /// <param name="options">Null for the defaults.</param>
    public static UringReactor? TryCreate(IClock clock, IReactorFiles files, out string reason, UringOptions? options = null)
    {
        var statistics = new ReactorStatistics();
        UringRing? ring = UringRing.TryCreate(statistics, out reason);
        return ring is null ? null : new UringReactor(ring, clock, files, statistics, options ?? new UringOptions());
    }

    /// <inheritdoc/>
    public override void Cancel(ReactorOperation operation)
    {
        if (!operation.IsActive)
        {
            return;
        }

        ref OperationSlot slot = ref _operations[operation.Slot];
        slot.IsCancelled = true;
        if (slot.IsParked)
        {
            // The kernel does not know of it: whoever holds it ends it in a later turn.
            return;
        }

        QueueCancel(operation.Slot);
    }

    /// <inheritdoc/>
    public override int Turn(long nowNs, long waitNs)
    {
        Statistics.Turns++;
        if (!_started)
        {
            Start();
        }

        _woken = false;
        if (_ring.WantsCall(_operations.Count > 0))
        {
            _ring.SubmitAndShow();
        }

        // What completions start is tried in a later turn.
        int sends = _directSends.Count;
        int receives = _directReceives.Count;
        int ran = Reap();
        if (sends + receives > 0)
        {
            ran += TryDirectly(_directSends, sends) + (Spins || waitNs == 0 ? TryDirectly(_directReceives, receives) : 0);
        }

        ran += Timers.Advance(nowNs);
        return ran == 0 && waitNs > 0 && !_woken ? Wait(nowNs, waitNs) : ran;
    }

    /// <inheritdoc/>
    public override void Wake()
    {
        Interlocked.Increment(ref Statistics.Wakes);
        if (_takesMessages && _ring.TryTell(MessageTag))
        {
            Interlocked.Increment(ref Statistics.RingWakes);
            return;
        }

        ulong one = 1;
        _ = Unistd.write(_wakeFd, &one, sizeof(ulong));
    }

    /// <inheritdoc/>
    public override void Quiesce()
    {
        if (_quiet || !_started)
        {
            return;
        }

        _quiet = true;
        for (int i = 0; i < _operations.Capacity; i++)
        {
            if (_operations[i] is { Operation: not null, IsParked: true })
            {
                _ = _operations.Remove(i);
            }
        }

        // A file operation that a kernel thread has begun cannot be cancelled: it ends in its own time. Each cancel request brings a
        // completion of its own, so only a wait that brought nothing asks again, and only such waits count.
        bool cancel = true;
        for (int silentWaits = 0; _operations.Count > 0; silentWaits += cancel ? 1 : 0)
        {
            Invariant.Check(silentWaits < SilentWaitsMax);
            if (cancel)
            {
                CancelAll();
            }

            _ring.SubmitAndWait(CancelWaitNs);
            cancel = _ring.ReadyCount == 0;
            Drop();
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
        _ring.Dispose();
        _ = Unistd.close(_wakeFd);
        _operations.Dispose();
        _wakeMemory.Dispose();
    }

    private void Start()
    {
        _ring.Enable();
        _started = true;
        ArmWake();

        // The first message, to itself, shows whether the kernel has them. The eventfd stays armed: a message can fail when memory is short.
        _takesMessages = _options.RingMessages && _ring.TryTell(IgnoredTag);
    }

    private int Wait(long nowNs, long waitNs)
    {
        long untilTimerNs = Timers.NextDueNs - nowNs;
        if (untilTimerNs <= 0)
        {
            return 0;
        }

        Statistics.Waits++;
        HandOver(_directSends);
        HandOver(_directReceives);
        _ring.SubmitAndWait(Math.Min(waitNs, untilTimerNs));
        long afterNs = Clock.MonotonicNs;
        Statistics.BlockedNs += afterNs - nowNs;
        return Reap() + Timers.Advance(afterNs);
    }

    // Only what is there now: operations started by completions complete in a later turn.
    private int Reap()
    {
        uint ready = _ring.ReadyCount;
        int ran = 0;
        for (uint i = 0; i < ready; i++)
        {
            IoUringCqe completion = _ring.Take();
            if (completion.UserData == WakeTag)
            {
                _woken = true;
                ArmWake();
            }
            else if (completion.UserData == MessageTag)
            {
                _woken = true;
            }
            else if (completion.UserData != IgnoredTag)
            {
                ran += Complete(completion);
            }
        }

        Statistics.Completions += ran;
        return ran;
    }

    private int Complete(in IoUringCqe completion)
    {
        int index = _operations.Find(completion.UserData & ~FirstPartBit);
        Invariant.Check(index >= 0);
        int result = completion.Result;
        if ((completion.UserData & FirstPartBit) != 0)
        {
            _operations[index].FirstResult = result;
        }
        else
        {
            _operations[index].LastResult = result;
        }

        bool armed = (completion.Flags & IoUring.IORING_CQE_F_MORE) != 0;
        if (!armed && --_operations[index].Parts > 0)
        {
            return 0;
        }

        switch (_operations[index].Kind)
        {
            case OperationKind.Accept:
                return CompleteAccept(index, result, armed);
            case OperationKind.Connect:
                result = FinishConnect(_operations[index].Descriptor, result);
                break;
            case OperationKind.Receive:
                NoteReceived(_operations[index].Descriptor, completion.Flags, result);
                break;
            case OperationKind.WriteFile when _operations[index].IsDurable:
                if (!FinishDurableWrite(index, out result))
                {
                    return 0;
                }

                break;
        }

        _operations.Remove(index).Complete(result, more: false);
        return 1;
    }

    private void ArmWake()
    {
        IoUringSqe* entry = _ring.NextEntry();
        entry->Opcode = IoUring.IORING_OP_READ;
        entry->Fd = _wakeFd;
        entry->Address = (ulong)_wakeMemory.Address;
        entry->Length = sizeof(ulong);
        entry->UserData = WakeTag;
    }

    private IoUringSqe* Begin(ReactorOperation operation, OperationKind kind, int descriptor, byte opcode)
    {
        int index = _operations.Add(operation, kind, descriptor);
        return Queue(index, opcode);
    }

    private IoUringSqe* Queue(int index, byte opcode)
    {
        IoUringSqe* entry = _ring.NextEntry();
        entry->Opcode = opcode;
        entry->Fd = _operations[index].Descriptor;
        entry->UserData = _operations.TagOf(index);
        return entry;
    }

    private void QueueCancel(int index)
    {
        IoUringSqe* entry = _ring.NextEntry();
        entry->Opcode = IoUring.IORING_OP_ASYNC_CANCEL;
        entry->Fd = -1;
        entry->Address = _operations.TagOf(index);
        entry->UserData = IgnoredTag;
    }

    private void CancelAll()
    {
        IoUringSqe* entry = _ring.NextEntry();
        entry->Opcode = IoUring.IORING_OP_ASYNC_CANCEL;
        entry->Fd = -1;
        entry->OperationFlags = IoUring.IORING_ASYNC_CANCEL_ANY | IoUring.IORING_ASYNC_CANCEL_ALL;
        entry->UserData = IgnoredTag;
    }

    private void Drop()
    {
        for (uint ready = _ring.ReadyCount; ready > 0; ready--)
        {
            IoUringCqe completion = _ring.Take();
            int index = _operations.Find(completion.UserData & ~FirstPartBit);
            if (index < 0)
            {
                continue;
            }

            // Sockets that were under way have no owner any more.
            OperationKind kind = _operations[index].Kind;
            if (kind == OperationKind.Accept && completion.Result >= 0)
            {
                _ = Unistd.close(completion.Result);
            }
            else if (kind == OperationKind.Connect)
            {
                _ = Unistd.close(_operations[index].Descriptor);
            }

            if ((completion.Flags & IoUring.IORING_CQE_F_MORE) == 0 && --_operations[index].Parts == 0)
            {
                _ = _operations.Remove(index);
            }
        }
    }
}
