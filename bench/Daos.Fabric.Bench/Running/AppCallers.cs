using Daos.Fabric.Bench.Engines;
using Daos.Fabric.Bench.Options;

namespace Daos.Fabric.Bench.Running;

/// <summary>
/// submit=app: as many ordinary asynchronous callers as the depth says, on the thread pool, through the public API. Each keeps its own
/// statistics, merged when all have ended. The job's thread starts them, tells them when to measure, and waits.
/// </summary>
internal sealed class AppCallers(JobOptions options, int copy, IoEngine engine, IoSlot[] slots, Job job)
{
    private readonly Phase[] _phases = new Phase[slots.Length];
    private long _measureFromNs;
    private long _plantCount;

    /// <summary>Starts all of them; the task ends with the last.</summary>
    internal Task Start(long nowNs)
    {
        long share = (options.NumberOfIos + slots.Length - 1) / slots.Length;
        for (int i = 0; i < slots.Length; i++)
        {
            _phases[i] = new Phase(options, new JobStats(), nowNs, share);
        }

        return Task.WhenAll(slots.Select((slot, i) => Task.Run(() => CallAsync(slot, _phases[i]))));
    }

    /// <summary>From now on operations count.</summary>
    internal void StartMeasuring(long nowNs) => Volatile.Write(ref _measureFromNs, nowNs);

    /// <summary>Merges what the callers counted. Their own allocations are the application's and no owner thread's: they are not in the figure.</summary>
    internal void MergeInto(JobStats total)
    {
        foreach (Phase phase in _phases)
        {
            phase.Stats.ClientAllocatedBytes = 0;
            total.Merge(phase.Stats);
        }

        total.Read.RuntimeNs = total.Write.RuntimeNs = Math.Max(1, total.EndNs - total.StartNs);
    }

    // One array per so many operations of all callers together.
    private bool IsPlantDue() =>
        options.PlantedAllocation > 0 && Interlocked.Increment(ref _plantCount) % options.PlantedAllocation == 0;

    private async Task CallAsync(IoSlot slot, Phase phase)
    {
        var workload = new Workload(options, options.RandSeed + ((ulong)copy * 0x10001) + ((ulong)slot.Index << 32), slots.Length);
        ulong generation = (ulong)slot.Index << 48;
        while (!phase.Over && job.Error is null && workload.TryNext(out bool read, out long block))
        {
            if (!read)
            {
                BlockPattern.Stamp(slot.WriteSpan, block, ++generation, options.VerifyCrc32C);
            }

            if (!phase.Measuring && Volatile.Read(ref _measureFromNs) is > 0 and long fromNs)
            {
                phase.StartMeasuring(fromNs);
            }

            long startNs = Phase.Clock.MonotonicNs;
            ValueTask<DerCode> task = read ? engine.ReadAsync(slot, block) : engine.WriteAsync(slot, block);
            long submitNs = options.MeasuresSubmission && !task.IsCompleted ? Phase.Clock.MonotonicNs : startNs;
            DerCode code = await task.ConfigureAwait(false);
            long endNs = Phase.Clock.MonotonicNs;
            if (code.IsSuccess && read && !engine.Check(slot, block))
            {
                code = DerCode.Checksum;
            }

            if (code.IsError)
            {
                job.Failed(code, block, read);
                phase.Fail(code);
                break;
            }

            phase.Record(read, startNs, submitNs, endNs, slot.BlockBytes);
            if (IsPlantDue())
            {
                engine.Plant();
            }
        }

        phase.End();
    }
}
