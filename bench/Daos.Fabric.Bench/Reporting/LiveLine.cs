using Daos.Fabric.Bench.Options;
using Daos.Fabric.Bench.Running;

namespace Daos.Fabric.Bench.Reporting;

/// <summary>The line on standard error that shows once a second how a run goes. Owned by the main thread.</summary>
internal sealed class LiveLine(IReadOnlyList<Job> jobs, bool shown)
{
    private readonly long _startNs = Phase.Clock.MonotonicNs;
    private long _lastNs = Phase.Clock.MonotonicNs;
    private long _lastReads;
    private long _lastWrites;

    /// <summary>Writes the line when a second has passed since the last one.</summary>
    internal void Tick()
    {
        long nowNs = Phase.Clock.MonotonicNs;
        double seconds = (nowNs - _lastNs) / 1e9;
        if (!shown || seconds < 1)
        {
            return;
        }

        long reads = jobs.Sum(j => j.ReadIosSeen);
        long writes = jobs.Sum(j => j.WriteIosSeen);
        long block = jobs[0].Options.BlockBytes;
        long plannedNs = jobs.Max(j => j.Options.RampNs + j.Options.RuntimeNs);
        string eta = jobs.Any(j => j.Options.RuntimeNs == 0) ? "eta ?" : $"eta {Math.Max(0, (plannedNs - (nowNs - _startNs)) / 1_000_000_000)}s";
        string r = Units.Count((reads - _lastReads) / seconds);
        string w = Units.Count((writes - _lastWrites) / seconds);
        string rb = Units.Binary((reads - _lastReads) / seconds * block);
        string wb = Units.Binary((writes - _lastWrites) / seconds * block);
        Console.Error.Write($"\rJobs: {jobs.Count} (f={jobs.Count}): [r={rb}/s,w={wb}/s][r={r},w={w} IOPS][{eta}]    ");
        (_lastNs, _lastReads, _lastWrites) = (nowNs, reads, writes);
    }

    /// <summary>Ends the line.</summary>
    internal void Finish()
    {
        if (shown)
        {
            Console.Error.WriteLine();
        }
    }
}
