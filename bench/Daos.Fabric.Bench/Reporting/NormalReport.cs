using Daos.Fabric.Bench.Engines;
using Daos.Fabric.Bench.Options;
using Daos.Fabric.Bench.Running;

namespace Daos.Fabric.Bench.Reporting;

/// <summary>The report for people, in fio's layout.</summary>
internal static class NormalReport
{
    private static readonly long[] s_latencyLimitsUs = [2, 4, 10, 20, 50, 100, 250, 500, 750, 1000];
    private static readonly long[] s_latencyLimitsMs = [2, 4, 10, 20, 50, 100, 250, 500, 750, 1000, 2000];

    internal static void Write(TextWriter output, IReadOnlyList<JobReport> reports)
    {
        foreach (JobReport report in reports)
        {
            WriteJob(output, report);
        }

        foreach (var group in reports.GroupBy(r => r.GroupId))
        {
            output.WriteLine();
            output.WriteLine(Invariant($"Run status group {group.Key} (all jobs):"));
            WriteGroup(output, "READ", group.Select(r => r.Stats.Read));
            WriteGroup(output, "WRITE", group.Select(r => r.Stats.Write));
        }
    }

    private static void WriteJob(TextWriter output, JobReport report)
    {
        JobOptions options = report.Options;
        output.WriteLine();
        output.WriteLine(Invariant(
            $"{report.Name}: (groupid={report.GroupId}, jobs={report.Copies}): err= {(report.Error is null ? "0" : "1 (" + report.Error + ")")}: rw={options.Pattern.Name()}, bs={Units.Binary(options.BlockBytes)}, ioengine={options.Engine}, iodepth={options.Depth}, durability={report.Durability}"));
        WriteDirection(output, "read", report.Stats.Read, options);
        WriteDirection(output, "write", report.Stats.Write, options);
        WriteLatencyShares(output, report.Stats);
        output.WriteLine(Invariant($"  cpu          : usr={report.Stats.UserPercent:0.00}%, sys={report.Stats.SystemPercent:0.00}% (whole process)"));
        output.WriteLine(Invariant($"  alloc        : client={Bytes(report.ClientBytesPerOp)} per operation, engine={Bytes(report.EngineBytesPerOp)} per operation, process={Bytes(report.ProcessBytesPerOp)} per operation"));
        if (report.Stats.Connections.Count >= 0)
        {
            EngineConnections connections = report.Stats.Connections;
            output.WriteLine(Invariant($"  connections  : {connections.Count} at the engine, which hold {Units.Binary(connections.Bytes)} of at most {Units.Binary(connections.BytesMax)}"));
        }

        LoopStats loop = report.Stats.Loop;
        output.WriteLine(Invariant(
            $"  loop         : reactor={report.Stats.Reactor}, polling={options.Polling.ToString().ToLowerInvariant()}, polls={loop.Polls}, waits={loop.Waits}, blocked={loop.BlockedNs / 1_000_000}msec, wakes={loop.Wakes}, enters={loop.Enters}, direct={loop.DirectCalls}, in vain={loop.DirectMisses}"));
        output.WriteLine(Invariant($"     issued rwts: total={report.Stats.Read.Ios},{report.Stats.Write.Ios},0,0 short=0,0,0,0 dropped=0,0,0,0"));
    }

    private static void WriteDirection(TextWriter output, string name, DirectionStats stats, JobOptions options)
    {
        if (stats.Ios == 0)
        {
            return;
        }

        double seconds = stats.RuntimeNs / 1e9;
        output.WriteLine(Invariant(
            $"  {name}: IOPS={Units.Count(stats.Ios / seconds)}, BW={Units.Binary(stats.Bytes / seconds)}/s ({Units.Decimal(stats.Bytes / seconds)}/s)({Units.Binary(stats.Bytes)}/{stats.RuntimeNs / 1_000_000}msec)"));
        SampleStats slat = stats.Submission;
        if (slat.Count > 0)
        {
            WriteLatency(output, "slat", slat.Min, slat.Max, slat.Mean, slat.Deviation);
        }

        if (stats.Completion.Count > 0)
        {
            WriteCompletion(output, stats, options);
        }

        WriteSamples(output, "bw (  KiB/s)", stats.Bandwidth);
        WriteSamples(output, "iops        ", stats.Iops);
    }

    private static void WriteCompletion(TextWriter output, DirectionStats stats, JobOptions options)
    {
        Histogram clat = stats.Completion;
        WriteLatency(output, "clat", clat.Min, clat.Max, clat.Mean, clat.StandardDeviation);
        WriteLatency(output, " lat", stats.Total.Min, stats.Total.Max, stats.Total.Mean, stats.Total.StandardDeviation);
        (double factor, string unit) = Scale(clat.Mean);
        output.WriteLine(Invariant($"    clat percentiles ({unit}):"));
        for (int i = 0; i < options.Percentiles.Length; i += 4)
        {
            var row = options.Percentiles.Skip(i).Take(4)
                .Select(p => Invariant($"{p,5:0.00}th=[{clat.Percentile(p) / factor,5:0.#}]"));
            string end = i + 4 < options.Percentiles.Length ? "," : "";
            output.WriteLine("     | " + string.Join(", ", row) + end);
        }
    }

    private static void WriteLatency(TextWriter output, string name, double min, double max, double mean, double deviation)
    {
        (double factor, string unit) = Scale(mean);
        output.WriteLine(Invariant(
            $"    {name} ({unit}): min={min / factor:0}, max={max / factor:0}, avg={mean / factor:0.00}, stdev={deviation / factor:0.00}"));
    }

    private static void WriteSamples(TextWriter output, string name, SampleStats samples)
    {
        if (samples.Count > 0)
        {
            output.WriteLine(Invariant(
                $"   {name}: min={samples.Min:0}, max={samples.Max:0}, avg={samples.Mean:0.00}, stdev={samples.Deviation:0.00}, samples={samples.Count}"));
        }
    }

    private static void WriteLatencyShares(TextWriter output, JobStats stats)
    {
        var all = new Histogram();
        all.Merge(stats.Read.Total);
        all.Merge(stats.Write.Total);
        if (all.Count > 0)
        {
            WriteShares(output, all, "usec", s_latencyLimitsUs, 1_000);
            WriteShares(output, all, "msec", s_latencyLimitsMs, 1_000_000);
        }
    }

    private static void WriteShares(TextWriter output, Histogram all, string unit, long[] limits, long unitNs)
    {
        IEnumerable<string> shares = LatencyShares.Of(all, limits, unitNs).Where(s => s.Percent >= 0.005)
            .Select(s => Invariant($"{s.Label}={s.Percent:0.00}%"));
        string line = string.Join(", ", shares);
        if (line.Length > 0)
        {
            output.WriteLine($"  lat ({unit})   : {line}");
        }
    }

    private static void WriteGroup(TextWriter output, string name, IEnumerable<DirectionStats> directions)
    {
        DirectionStats[] active = directions.Where(d => d.Ios > 0).ToArray();
        if (active.Length > 0)
        {
            double rate = active.Sum(d => d.Bytes / (d.RuntimeNs / 1e9));
            long bytes = active.Sum(d => d.Bytes);
            output.WriteLine(Invariant(
                $"{name,8}: bw={Units.Binary(rate)}/s ({Units.Decimal(rate)}/s), io={Units.Binary(bytes)} ({Units.Decimal(bytes)}), run={active.Min(d => d.RuntimeNs) / 1_000_000}-{active.Max(d => d.RuntimeNs) / 1_000_000}msec"));
        }
    }

    private static (double Factor, string Unit) Scale(double ns) =>
        ns < 10_000 ? (1, "nsec") : ns < 10_000_000 ? (1_000, "usec") : (1_000_000, "msec");

    private static string Bytes(double? perOp) => perOp is null ? "n/a" : Invariant($"{perOp:0.###} bytes");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
