using System.Globalization;
using Daos.Fabric.Bench.Running;

namespace Daos.Fabric.Bench.Reporting;

/// <summary>
/// fio's terse format, version 3: one line of semicolon-separated fields per job. Times are microseconds, bandwidth KiB/s. Fields that
/// dfio does not measure (disk figures) are 0.
/// </summary>
internal static class TerseReport
{
    private const int PercentilesMax = 20;
    private static readonly long[] s_limitsUs = [2, 4, 10, 20, 50, 100, 250, 500, 750, 1000];
    private static readonly long[] s_limitsMs = [2, 4, 10, 20, 50, 100, 250, 500, 750, 1000, 2000];

    internal static void Write(TextWriter output, IReadOnlyList<JobReport> reports)
    {
        foreach (JobReport report in reports)
        {
            var fields = new List<string> { "3", "dfio-" + Program.Version, report.Name, Number(report.GroupId), report.Error is null ? "0" : "1" };
            AddDirection(fields, report.Stats.Read, report.Options.Percentiles);
            AddDirection(fields, report.Stats.Write, report.Options.Percentiles);
            fields.Add(Percent(report.Stats.UserPercent));
            fields.Add(Percent(report.Stats.SystemPercent));
            fields.AddRange(["0", "0", "0"]);
            AddDepths(fields, report.Options.Depth);
            AddShares(fields, report.Stats);
            output.WriteLine(string.Join(';', fields));
        }
    }

    private static void AddDirection(List<string> fields, DirectionStats stats, double[] percentiles)
    {
        double seconds = Math.Max(1, stats.RuntimeNs) / 1e9;
        fields.Add(Number(stats.Bytes / 1024));
        fields.Add(Number((long)(stats.Bytes / 1024 / seconds)));
        fields.Add(Number((long)(stats.Ios / seconds)));
        fields.Add(Number(stats.Ios == 0 ? 0 : stats.RuntimeNs / 1_000_000));
        SampleStats slat = stats.Submission;
        fields.AddRange([Number((long)slat.Min / 1000), Number((long)slat.Max / 1000), Real(slat.Mean / 1000), Real(slat.Deviation / 1000)]);
        AddLatency(fields, stats.Completion);
        for (int i = 0; i < PercentilesMax; i++)
        {
            fields.Add(i < percentiles.Length
                ? string.Create(CultureInfo.InvariantCulture, $"{percentiles[i]:0.000000}%={stats.Completion.Percentile(percentiles[i]) / 1000}")
                : "0%=0");
        }

        AddLatency(fields, stats.Total);
        fields.Add(Number((long)stats.Bandwidth.Min));
        fields.Add(Number((long)stats.Bandwidth.Max));
        fields.Add(stats.Ios > 0 ? "100.000000%" : "0.000000%");
        fields.Add(Real(stats.Bandwidth.Mean));
        fields.Add(Real(stats.Bandwidth.Deviation));
    }

    private static void AddLatency(List<string> fields, Histogram latency)
    {
        fields.Add(Number(latency.Min / 1000));
        fields.Add(Number(latency.Max / 1000));
        fields.Add(Real(latency.Mean / 1000));
        fields.Add(Real(latency.StandardDeviation / 1000));
    }

    // fio's seven steps: 1, 2, 4, 8, 16, 32 and at least 64 in flight; a job keeps its depth all the time.
    private static void AddDepths(List<string> fields, int depth)
    {
        int step = Math.Min(6, System.Numerics.BitOperations.Log2((uint)depth));
        for (int i = 0; i <= 6; i++)
        {
            fields.Add(i == step ? "100.0%" : "0.0%");
        }
    }

    private static void AddShares(List<string> fields, JobStats stats)
    {
        var all = new Histogram();
        all.Merge(stats.Read.Total);
        all.Merge(stats.Write.Total);
        fields.AddRange(LatencyShares.Of(all, s_limitsUs, 1_000).Select(s => Percent(s.Percent)));
        fields.AddRange(LatencyShares.Of(all, s_limitsMs, 1_000_000).Select(s => Percent(s.Percent)));
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Real(double value) => value.ToString("0.000000", CultureInfo.InvariantCulture);

    private static string Percent(double value) => value.ToString("0.00", CultureInfo.InvariantCulture) + "%";
}
