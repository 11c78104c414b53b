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
    private IoEngine _engine = null!;
    private IoSlot[] _slots = [];
    private long _generation;
    private int _running;

    internal Job(JobOptions options, int copy, EngineFactory factory, Barrier start)
    {
        _options = options;
        _copy = copy;
        _factory = factory;
        _start = start;
        _loop = new OwnerLoop($"dfio-{options.Name}-{copy}", ReactorFactory.Create(), new OwnerLoopOptions
        {
            SpinNs = options.Poll ? long.MaxValue : options.SpinNs,
            OnUnhandled = (_, exception) => Error ??= exception.Message,
        });
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
        long engineBefore = DriveResult(_engine.EngineAllocatedBytesAsync);
        var usage = Environment.CpuUsage;
        long startNs = Phase.Clock.MonotonicNs;
        if (_options.AppThreads)
        {
            AppCallers.Run(_options, _copy, _engine, _slots, Stats, this);
        }
        else
        {
            RunSlots(_options, new Phase(_options, Stats, startNs), counted: true);
        }

        double percentPerTick = 100.0 * 100 / Math.Max(1, Phase.Clock.MonotonicNs - startNs);
        Stats.UserPercent = (Environment.CpuUsage.UserTime - usage.UserTime).Ticks * percentPerTick;
        Stats.SystemPercent = (Environment.CpuUsage.PrivilegedTime - usage.PrivilegedTime).Ticks * percentPerTick;
        long engineAfter = DriveResult(_engine.EngineAllocatedBytesAsync);
        Stats.EngineAllocatedBytes = engineBefore < 0 ? -1 : engineAfter - engineBefore;
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
        var workload = new Workload(options, options.RandSeed + ((ulong)_copy * 0x10001));
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
    private async ValueTask RunSlotAsync(IoSlot slot, JobOptions options, Workload workload, Phase phase, bool counted)
    {
        int burst = 0;
        long startNs = Phase.Clock.MonotonicNs;
        while (!phase.Over && workload.TryNext(out bool read, out long block))
        {
            if (!read)
            {
                BlockPattern.Stamp(slot.WriteSpan, block, (ulong)++_generation, options.VerifyCrc32C);
            }

            ValueTask<DerCode> task = read ? _engine.ReadAsync(slot, block) : _engine.WriteAsync(slot, block);
            bool atOnce = task.IsCompleted;
            DerCode code = _engine.Finish(slot, await task);
            long endNs = Phase.Clock.MonotonicNs;
            if (code.IsSuccess && read && !_engine.Check(slot, block))
            {
                code = DerCode.Checksum;
            }

            if (code.IsError)
            {
                Failed(code, block, read);
                phase.Fail(code, block);
                break;
            }

            phase.Record(read, startNs, endNs, slot.BlockBytes);
            if (counted)
            {
                Seen(read);
            }

            // One clock read per operation: the next one starts where this one ended, and carries what happened in between.
            startNs = endNs;

            if (atOnce && ++burst >= BurstMax)
            {
                burst = 0;
                await _gate.NextTurn();
            }
        }

        _running--;
    }

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

    private long DriveResult(Func<ValueTask<long>> start)
    {
        Task<long> whole;
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
        long idleSinceNs = -1;
        while (!done())
        {
            bool mayWait = !_options.Poll && !_gate.HasWaiters && idleSinceNs >= 0 && _loop.NowNs - idleSinceNs >= _options.SpinNs;
            int ran = _loop.RunTurn(mayWait ? IdleWaitNs : 0);
            idleSinceNs = ran > 0 ? -1 : idleSinceNs < 0 ? _loop.NowNs : idleSinceNs;
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
