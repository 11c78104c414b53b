using Daos.Fabric.Bench.Engines;
using Daos.Fabric.Bench.Options;
using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Reactor;

namespace Daos.Fabric.Bench.Running;

/// <summary>
/// One copy of a job: an owner thread that drives its own loop, and with it the client's context, until the work is done.
/// </summary>
internal sealed class Job
{
    /// <summary>Operations that complete at once run so many in a row before the reactor is looked at.</summary>
    private const int BurstMax = 256;
    private const long IdleWaitNs = 2_000_000;

    private readonly JobOptions _options;
    private readonly int _copy;
    private readonly EngineFactory _factory;
    private readonly Barrier _start;
    private readonly Thread _thread;
    private readonly TurnGate _gate;
    private readonly OwnerLoop _loop;
    private readonly IdleSpinner _spinner;
    private long _waitNs;
    private IoEngine _engine = null!;
    private IoSlot[] _slots = [];
    private long _generation;
    private int _running;
    private AllocationMark _mark;
    private long _processMark;
    private long _besideMark;

    internal Job(JobOptions options, int copy, EngineFactory factory, Barrier start)
    {
        _options = options;
        _copy = copy;
        _factory = factory;
        _start = start;
        _loop = new OwnerLoop($"dfio-{options.Name}-{copy}", ReactorFactory.Create(), new OwnerLoopOptions
        {
            // A thread that only watches over callers takes no core from them.
            Polling = options.AppThreads ? PollingPolicy.Sleep : options.Polling,
            SpinNs = options.SpinNs,
            OnUnhandled = (_, exception) => Error ??= exception.Message,
        });
        _spinner = new IdleSpinner(_loop.Options, _loop.Reactor.Statistics);
        _gate = new TurnGate(_loop);
        _thread = new Thread(Run) { Name = _loop.Name };
    }

    internal JobOptions Options => _options;

    internal JobStats Stats { get; } = new();

    /// <summary>Why the job failed, or null.</summary>
    internal string? Error { get; private set; }

    internal string Durability { get; private set; } = "none";

    /// <summary>Operations so far, for the live line; read from another thread.</summary>
    internal long ReadIosSeen => Volatile.Read(ref _readSeen);

    internal long WriteIosSeen => Volatile.Read(ref _writeSeen);

    private long _readSeen;
    private long _writeSeen;

    internal void Start() => _thread.Start();

    internal bool Join(TimeSpan timeout) => _thread.Join(timeout);

    private void Run()
    {
        bool waited = false;
        BufferPool? buffers = null;
        try
        {
            _engine = _factory.Create(_options, _copy, _loop);
            buffers = MakeSlots();
            _engine.UseSlots(_slots);
            Drive(_engine.PrepareAsync);
            Durability = _engine.Durability;
            if (_options.Layout && _options.Pattern.Reads() && _engine.NeedsLayout)
            {
                LayOut();
            }

            waited = true;
            _start.SignalAndWait();
            Measure();
            Drive(_engine.DisposeAsync);
        }
        catch (Exception exception) when (exception is DaosException or IOException or OptionException or InvalidOperationException)
        {
            Error ??= exception.Message;
        }
        finally
        {
            if (!waited)
            {
                _start.RemoveParticipant();
            }

            _loop.Reactor.Dispose();
            buffers?.Dispose();
        }
    }

    private BufferPool MakeSlots()
    {
        int count = _options.Depth * 2;
        long bytesMax = (_options.BlockBytes + NativeSlab.PageBytes) * count;
        var buffers = new BufferPool("dfio", (int)_options.BlockBytes, count, _engine.MakeRegion(bytesMax));
        var random = new SeededRandom(_options.RandSeed + (ulong)_copy + 1);
        _slots = new IoSlot[_options.Depth];
        for (int i = 0; i < _slots.Length; i++)
        {
            _slots[i] = new IoSlot(i, buffers.TryRent(BufferPurpose.Test)!, buffers.TryRent(BufferPurpose.Test)!, (int)_options.BlockBytes, random);
        }

        return buffers;
    }

    private void LayOut()
    {
        var fill = new JobOptions { Pattern = AccessPattern.Write, BlockBytes = _options.BlockBytes, SizeBytes = _options.SizeBytes, VerifyCrc32C = _options.VerifyCrc32C };
        RunSlots(fill, new Phase(fill, new JobStats(), Phase.Clock.MonotonicNs), counted: false);
    }

    private void Measure()
    {
        // The first call of anything allocates: this mark is taken before those that count.
        DriveResult(_engine.MarkAsync);
        LoopStats loopBefore = LoopStats.Of(_loop.Reactor.Statistics);
        var usage = Environment.CpuUsage;
        long startNs = Phase.Clock.MonotonicNs;
        if (_options.AppThreads)
        {
            RunCallers(startNs);
        }
        else
        {
            var phase = new Phase(_options, Stats, startNs, _options.NumberOfIos);
            if (_options.RampNs == 0)
            {
                TakeMark(DriveResult(_engine.MarkAsync));
                phase.StartMeasuring(Phase.Clock.MonotonicNs);
            }

            RunSlots(_options, phase, counted: true);
        }

        Stats.BesideBytes = _engine.BesideBytes - _besideMark;
        double percentPerTick = 100.0 * 100 / Math.Max(1, Phase.Clock.MonotonicNs - startNs);
        Stats.UserPercent = (Environment.CpuUsage.UserTime - usage.UserTime).Ticks * percentPerTick;
        Stats.SystemPercent = (Environment.CpuUsage.PrivilegedTime - usage.PrivilegedTime).Ticks * percentPerTick;
        Stats.Store = _engine.Figures;
        Stats.MemoryPeakBytes = PeakBytes();
        Stats.Reactor = _loop.Reactor.Kind;
        Stats.Loop = LoopStats.Of(_loop.Reactor.Statistics).Since(loopBefore);
        if (Stats.TotalIos > 0)
        {
            AllocationMark sinceMark = DriveResult(_engine.MarkAsync).Since(_mark);
            Stats.Connections = _engine.Connections;
            Stats.LibraryAllocatedBytes = sinceMark.LibraryBytes;
            Stats.EngineAllocatedBytes = sinceMark.EngineBytes;
            Stats.ProcessAllocatedBytes = GC.GetTotalAllocatedBytes(precise: true) - _processMark;
        }
    }

    private static long PeakBytes()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }

    private void RunCallers(long startNs)
    {
        var callers = new AppCallers(_options, _copy, _engine, _slots, this);
        if (_options.RampNs == 0)
        {
            TakeMark(DriveResult(_engine.MarkAsync));
            callers.StartMeasuring(Phase.Clock.MonotonicNs);
        }

        Task running = callers.Start(startNs);
        if (_options.RampNs > 0)
        {
            long rampEndNs = startNs + _options.RampNs;
            Turn(() => running.IsCompleted || Phase.Clock.MonotonicNs >= rampEndNs);
            TakeMark(DriveResult(_engine.MarkAsync));
            callers.StartMeasuring(Phase.Clock.MonotonicNs);
        }

        Turn(() => running.IsCompleted);
        running.GetAwaiter().GetResult();
        callers.MergeInto(Stats);
    }

    private void TakeMark(AllocationMark mark)
    {
        _mark = mark;
        _processMark = GC.GetTotalAllocatedBytes(precise: true);
        _besideMark = _engine.BesideBytes;
    }

    /// <summary>Counts an operation for the live line.</summary>
    internal void Seen(bool read)
    {
        ref long counter = ref read ? ref _readSeen : ref _writeSeen;
        Volatile.Write(ref counter, counter + 1);
    }

    /// <summary>Records a failure of any slot.</summary>
    internal void Failed(DerCode code, long block, bool read) =>
        Error ??= code == DerCode.Checksum
            ? $"{(read ? "read" : "write")} of block {block}: the bytes that came back are not the block's, {code}"
            : $"{(read ? "read" : "write")} of block {block} failed: {code.Text}, {code}";

    private void RunSlots(JobOptions options, Phase phase, bool counted)
    {
        var workload = new LookAhead(new Workload(options, options.RandSeed + ((ulong)_copy * 0x10001)), _engine, options.LookAhead);
        _running = _slots.Length;
        using (_loop.Enter())
        {
            foreach (IoSlot slot in _slots)
            {
                _loop.Spawn(RunSlotAsync(slot, options, workload, phase, counted));
            }
        }

        Turn(() => _running == 0);
        phase.End();
        if (phase.Failure.IsError)
        {
            throw new InvalidOperationException(Error ?? phase.Failure.ToString());
        }
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask RunSlotAsync(IoSlot slot, JobOptions options, LookAhead workload, Phase phase, bool counted)
    {
        int burst = 0;
        bool isTimed = options.MeasuresLatency;
        long startNs = Now(isTimed);
        while (!phase.Over && workload.TryNext(out bool read, out long block))
        {
            if (!read)
            {
                BlockPattern.Stamp(slot.WriteSpan, block, (ulong)++_generation, options.VerifyCrc32C);
            }

            ValueTask<DerCode> task = read ? _engine.ReadAsync(slot, block) : _engine.WriteAsync(slot, block);
            bool atOnce = task.IsCompleted;

            // What completes within the call was never handed over: all its time is completion latency.
            long submitNs = isTimed && options.MeasuresSubmission && !atOnce ? Phase.Clock.MonotonicNs : startNs;
            DerCode code = _engine.Finish(slot, await task);
            long endNs = Now(isTimed);
            if (code.IsSuccess && read && !_engine.Check(slot, block))
            {
                code = DerCode.Checksum;
            }

            if (code.IsError)
            {
                Failed(code, block, read);
                phase.Fail(code);
                break;
            }

            phase.Record(read, startNs, submitNs, endNs, slot.BlockBytes);
            if (counted)
            {
                Seen(read);
            }

            if (phase.IsPlantDue())
            {
                _engine.Plant();
            }

            // The next operation starts where this one ended, and carries what happened in between.
            startNs = endNs;
            if (phase.EndsRamp(endNs))
            {
                TakeMark(await _engine.MarkAsync());
                startNs = Now(isTimed);
                phase.StartMeasuring(startNs);
            }

            if (atOnce && ++burst >= BurstMax)
            {
                burst = 0;
                await _gate.NextTurn();
            }
        }

        _running--;
    }

    // Rates need no more than the time of the turn.
    private long Now(bool isTimed) => isTimed ? Phase.Clock.MonotonicNs : _loop.NowNs;

    private void Drive(Func<ValueTask> start)
    {
        ValueTask task;
        using (_loop.Enter())
        {
            task = start();
        }

        Task whole = task.AsTask();
        Turn(() => whole.IsCompleted);
        whole.GetAwaiter().GetResult();
    }

    private T DriveResult<T>(Func<ValueTask<T>> start)
    {
        Task<T> whole;
        using (_loop.Enter())
        {
            whole = start().AsTask();
        }

        Turn(() => whole.IsCompleted);
        return whole.GetAwaiter().GetResult();
    }

    // The wait is bounded: a job whose operations are completed by other threads looks again by itself.
    private void Turn(Func<bool> done)
    {
        while (!done())
        {
            _waitNs = _spinner.After(_loop.RunTurn(_gate.HasWaiters ? 0 : Math.Min(_waitNs, IdleWaitNs)), _loop.NowNs);
            if (_gate.HasWaiters)
            {
                using (_loop.Enter())
                {
                    _gate.Open();
                }
            }
        }
    }
}
