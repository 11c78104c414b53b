using System.Text.Json;
using Daos.Fabric.Bench.Options;
using Daos.Fabric.Bench.Running;

namespace Daos.Fabric.Bench.Reporting;

/// <summary>One valid JSON document with fio's field names; <c>json+</c> adds the latency buckets. Own fields stand beside fio's.</summary>
internal static class JsonReport
{
    private static readonly long[] s_limitsNs = [2, 4, 10, 20, 50, 100, 250, 500, 750, 1000];
    private static readonly long[] s_limitsMs = [2, 4, 10, 20, 50, 100, 250, 500, 750, 1000, 2000];

    internal static void Write(Stream output, IReadOnlyList<JobReport> reports, DateTimeOffset now, bool withBins)
    {
        using var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("fio version", "dfio-" + Program.Version);
        json.WriteNumber("timestamp", now.ToUnixTimeSeconds());
        json.WriteNumber("timestamp_ms", now.ToUnixTimeMilliseconds());
        json.WriteString("time", now.ToString("ddd MMM dd HH:mm:ss yyyy", CultureInfo.InvariantCulture));
        json.WriteStartArray("jobs");
        foreach (JobReport report in reports)
        {
            WriteJob(json, report, withBins);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteJob(Utf8JsonWriter json, JobReport report, bool withBins)
    {
        json.WriteStartObject();
        json.WriteString("jobname", report.Name);
        json.WriteNumber("groupid", report.GroupId);
        json.WriteNumber("error", report.Error is null ? 0 : 1);
        if (report.Error is not null)
        {
            json.WriteString("error_text", report.Error);
        }

        json.WriteNumber("eta", 0);
        json.WriteNumber("elapsed", (report.Stats.EndNs - report.Stats.StartNs + 999_999_999) / 1_000_000_000);
        json.WriteStartObject("job options");
        foreach ((string name, string value) in report.Options.Written)
        {
            json.WriteString(name, value);
        }

        json.WriteEndObject();
        WriteDirection(json, "read", report.Stats.Read, report.Options, withBins);
        WriteDirection(json, "write", report.Stats.Write, report.Options, withBins);
        WriteDirection(json, "trim", new DirectionStats(), report.Options, withBins);
        json.WriteNumber("job_runtime", Math.Max(report.Stats.Read.RuntimeNs, report.Stats.Write.RuntimeNs) / 1_000_000);
        json.WriteNumber("usr_cpu", report.Stats.UserPercent);
        json.WriteNumber("sys_cpu", report.Stats.SystemPercent);
        WriteShares(json, report.Stats);
        json.WriteString("durability", report.Durability);
        json.WriteString("reactor", report.Stats.Reactor);
        json.WriteString("polling", report.Options.Polling.ToString().ToLowerInvariant());
        json.WriteNumber("loop_polls", report.Stats.Loop.Polls);
        json.WriteNumber("loop_waits", report.Stats.Loop.Waits);
        json.WriteNumber("loop_blocked_ns", report.Stats.Loop.BlockedNs);
        json.WriteNumber("loop_wakes", report.Stats.Loop.Wakes);
        json.WriteNumber("loop_enters", report.Stats.Loop.Enters);
        json.WriteNumber("loop_direct_calls", report.Stats.Loop.DirectCalls);
        json.WriteNumber("loop_direct_misses", report.Stats.Loop.DirectMisses);
        json.WriteNumber("beside_bytes", report.Stats.BesideBytes);
        json.WriteNumber("store_open_ns", report.Stats.Store.OpenNs);
        json.WriteNumber("store_pages_loaded", report.Stats.Store.PagesLoaded);
        json.WriteNumber("store_bytes_replayed", report.Stats.Store.BytesReplayed);
        json.WriteNumber("store_metadata_bytes", report.Stats.Store.MetadataBytes);
        json.WriteNumber("store_log_used_bytes", report.Stats.Store.LogUsedBytes);
        json.WriteNumber("memory_peak_bytes", report.Stats.MemoryPeakBytes);
        json.WriteNumber("engine_connections", report.Stats.Connections.Count);
        json.WriteNumber("engine_connection_bytes", report.Stats.Connections.Bytes);
        json.WriteNumber("engine_connection_bytes_max", report.Stats.Connections.BytesMax);
        WriteNumberOrNull(json, "allocated_bytes_per_op", report.ClientBytesPerOp);
        WriteNumberOrNull(json, "process_allocated_bytes_per_op", report.ProcessBytesPerOp);
        WriteNumberOrNull(json, "engine_allocated_bytes_per_op", report.EngineBytesPerOp);
        json.WriteEndObject();
    }

    private static void WriteDirection(Utf8JsonWriter json, string name, DirectionStats stats, JobOptions options, bool withBins)
    {
        double seconds = Math.Max(1, stats.RuntimeNs) / 1e9;
        json.WriteStartObject(name);
        json.WriteNumber("io_bytes", stats.Bytes);
        json.WriteNumber("io_kbytes", stats.Bytes / 1024);
        json.WriteNumber("bw_bytes", (long)(stats.Bytes / seconds));
        json.WriteNumber("bw", (long)(stats.Bytes / 1024 / seconds));
        json.WriteNumber("iops", Math.Round(stats.Ios / seconds, 6));
        json.WriteNumber("runtime", stats.Ios == 0 ? 0 : stats.RuntimeNs / 1_000_000);
        json.WriteNumber("total_ios", stats.Ios);
        json.WriteNumber("short_ios", 0);
        json.WriteNumber("drop_ios", 0);
        WriteSubmission(json, stats.Submission);
        WriteLatency(json, "clat_ns", stats.Completion, options.Percentiles, withBins);
        WriteLatency(json, "lat_ns", stats.Total, null, false);
        WriteSamples(json, "bw", stats.Bandwidth);
        json.WriteNumber("bw_agg", 100.0);
        WriteSamples(json, "iops", stats.Iops);
        json.WriteEndObject();
    }

    private static void WriteLatency(Utf8JsonWriter json, string name, Histogram latency, double[]? percentiles, bool withBins)
    {
        json.WriteStartObject(name);
        json.WriteNumber("min", latency.Min);
        json.WriteNumber("max", latency.Max);
        json.WriteNumber("mean", latency.Mean);
        json.WriteNumber("stddev", latency.StandardDeviation);
        json.WriteNumber("N", latency.Count);
        if (percentiles is not null && latency.Count > 0)
        {
            json.WriteStartObject("percentile");
            foreach (double percent in percentiles)
            {
                json.WriteNumber(percent.ToString("0.000000", CultureInfo.InvariantCulture), latency.Percentile(percent));
            }

            json.WriteEndObject();
        }

        if (withBins)
        {
            WriteBins(json, latency);
        }

        json.WriteEndObject();
    }

    private static void WriteSubmission(Utf8JsonWriter json, SampleStats submission)
    {
        json.WriteStartObject("slat_ns");
        json.WriteNumber("min", (long)submission.Min);
        json.WriteNumber("max", (long)submission.Max);
        json.WriteNumber("mean", submission.Mean);
        json.WriteNumber("stddev", submission.Deviation);
        json.WriteNumber("N", submission.Count);
        json.WriteEndObject();
    }

    private static void WriteBins(Utf8JsonWriter json, Histogram latency)
    {
        json.WriteStartObject("bins");
        for (int i = 0; i < Histogram.BucketsMax; i++)
        {
            if (latency.BucketCount(i) > 0)
            {
                json.WriteNumber(Histogram.BucketUpperBound(i).ToString(CultureInfo.InvariantCulture), latency.BucketCount(i));
            }
        }

        json.WriteEndObject();
    }

    private static void WriteSamples(Utf8JsonWriter json, string prefix, SampleStats samples)
    {
        json.WriteNumber(prefix + "_min", (long)samples.Min);
        json.WriteNumber(prefix + "_max", (long)samples.Max);
        json.WriteNumber(prefix + "_mean", samples.Mean);
        json.WriteNumber(prefix == "bw" ? "bw_dev" : "iops_stddev", samples.Deviation);
        json.WriteNumber(prefix + "_samples", samples.Count);
    }

    private static void WriteShares(Utf8JsonWriter json, JobStats stats)
    {
        var all = new Histogram();
        all.Merge(stats.Read.Total);
        all.Merge(stats.Write.Total);
        foreach ((string name, long[] limits, long unitNs) in new[] { ("latency_ns", s_limitsNs, 1L), ("latency_us", s_limitsNs, 1_000L), ("latency_ms", s_limitsMs, 1_000_000L) })
        {
            json.WriteStartObject(name);
            foreach ((string label, double percent) in LatencyShares.Of(all, limits, unitNs))
            {
                json.WriteNumber(label, Math.Round(percent, 6));
            }

            json.WriteEndObject();
        }
    }

    private static void WriteNumberOrNull(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
