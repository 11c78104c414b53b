using Daos.Fabric.Bench.Engines;
using Daos.Fabric.Bench.Options;

namespace Daos.Fabric.Bench.Running;

/// <summary>
/// submit=app: as many ordinary asynchronous callers as the depth says, on the thread pool, through the public API. Each keeps its own
/// statistics, merged when all have ended.
/// </summary>
internal static class AppCallers
{
    internal static void Run(JobOptions options, int copy, IoEngine engine, IoSlot[] slots, JobStats total, Job job)
    {
        long nowNs = Phase.Clock.MonotonicNs;
        var phases = slots.Select(_ => new Phase(options, new JobStats(), nowNs)).ToArray();
        Task[] callers = slots.Select((slot, i) => Task.Run(() => CallAsync(options, copy, engine, slot, phases[i], slots.Length, job))).ToArray();
        Task.WaitAll(callers);
        foreach (Phase phase in phases)
        {
            phase.Stats.ClientAllocatedBytes = 0;
            total.Merge(phase.Stats);
        }

        total.ClientAllocatedBytes = -1;
        total.Read.RuntimeNs = total.Write.RuntimeNs = Math.Max(1, total.EndNs - total.StartNs);
    }

    private static async Task CallAsync(JobOptions options, int copy, IoEngine engine, IoSlot slot, Phase phase, int callers, Job job)
    {
        var workload = new Workload(options, options.RandSeed + ((ulong)copy * 0x10001) + ((ulong)slot.Index << 32), callers);
        ulong generation = (ulong)slot.Index << 48;
        while (!phase.Over && job.Error is null && workload.TryNext(out bool read, out long block))
        {
            if (!read)
            {
                BlockPattern.Stamp(slot.WriteSpan, block, ++generation, options.VerifyCrc32C);
            }

            long startNs = Phase.Clock.MonotonicNs;
            DerCode code = read
                ? await engine.ReadAsync(slot, block).ConfigureAwait(false)
                : await engine.WriteAsync(slot, block).ConfigureAwait(false);
            long endNs = Phase.Clock.MonotonicNs;
            if (code.IsSuccess && read && !engine.Check(slot, block))
            {
                code = DerCode.Checksum;
            }

            if (code.IsError)
            {
                job.Failed(code, block, read);
                phase.Fail(code, block);
                break;
            }

            phase.Record(read, startNs, endNs, slot.BlockBytes);
        }

        phase.End();
    }
}
