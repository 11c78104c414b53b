using System.Text.Json;
using Daos.Fabric.Bench.Options;
using Daos.Fabric.Bench.Reporting;
using Daos.Fabric.Bench.Running;

namespace Daos.Fabric.Bench.Tests.Reporting;

public sealed class ReportTests
{
    private const int TerseFields = 121;

    [Fact]
    public void Json_IsOneDocumentWithFioNames()
    {
        using var stream = new MemoryStream();
        JsonReport.Write(stream, [Sample()], DateTimeOffset.UnixEpoch, withBins: true);
        using JsonDocument document = JsonDocument.Parse(stream.ToArray());
        JsonElement job = document.RootElement.GetProperty("jobs")[0];
        JsonElement read = job.GetProperty("read");
        Assert.Equal(1000, read.GetProperty("total_ios").GetInt64());
        Assert.Equal(64_000, read.GetProperty("io_bytes").GetInt64());
        Assert.Equal(1000, read.GetProperty("iops").GetDouble(), 3);
        long p99 = read.GetProperty("clat_ns").GetProperty("percentile").GetProperty("99.000000").GetInt64();
        Assert.InRange(p99, 988_000, 1_010_000);
        Assert.Equal(2_000, read.GetProperty("slat_ns").GetProperty("mean").GetDouble(), 3);
        Assert.Equal(1000, read.GetProperty("slat_ns").GetProperty("N").GetInt64());
        Assert.Equal(998_000, read.GetProperty("clat_ns").GetProperty("mean").GetDouble(), 3);
        Assert.Equal(1_000_000, read.GetProperty("lat_ns").GetProperty("mean").GetDouble(), 3);
        Assert.Equal(1000, read.GetProperty("clat_ns").GetProperty("bins").EnumerateObject().Sum(b => b.Value.GetInt64()));
        Assert.Equal("volatile", job.GetProperty("durability").GetString());
        Assert.Equal(0.5, job.GetProperty("allocated_bytes_per_op").GetDouble(), 6);
    }

    [Fact]
    public void Terse_HasAsManyFieldsAsFio()
    {
        using var text = new StringWriter();
        TerseReport.Write(text, [Sample()]);
        string line = text.ToString().Trim();
        Assert.Equal(TerseFields, line.Split(';').Length);
        Assert.StartsWith("3;dfio-", line, StringComparison.Ordinal);

        // Submission: minimum, maximum, mean and deviation in us, before the completion's.
        Assert.Equal(["2", "2", "2.000000"], line.Split(';')[9..12]);
    }

    [Fact]
    public void Normal_ShowsRatePercentilesDurabilityAndAllocation()
    {
        using var text = new StringWriter();
        NormalReport.Write(text, [Sample()]);
        string report = text.ToString();
        Assert.Contains("read: IOPS=1000", report, StringComparison.Ordinal);
        Assert.Contains("    slat (nsec): min=2000, max=2000, avg=2000.00, stdev=0.00", report, StringComparison.Ordinal);
        Assert.Contains("    clat (usec): min=998, max=998, avg=998.00", report, StringComparison.Ordinal);
        Assert.Contains("     lat (usec): min=1000, max=1000, avg=1000.00", report, StringComparison.Ordinal);
        Assert.Contains("99.00th=[", report, StringComparison.Ordinal);
        Assert.Contains("durability=volatile", report, StringComparison.Ordinal);
        Assert.Contains("client=0.5 bytes", report, StringComparison.Ordinal);
    }

    [Fact]
    public void LatencyShares_OverAllSteps_SumToOneHundred()
    {
        var histogram = new Core.Metrics.Histogram();
        for (long ns = 1; ns < 10_000_000_000; ns = (ns * 3 / 2) + 1)
        {
            histogram.Record(ns);
        }

        double sum = LatencyShares.Of(histogram, [2, 4, 10, 20, 50, 100, 250, 500, 750, 1000], 1).Sum(s => s.Percent)
            + LatencyShares.Of(histogram, [2, 4, 10, 20, 50, 100, 250, 500, 750, 1000], 1_000).Sum(s => s.Percent)
            + LatencyShares.Of(histogram, [2, 4, 10, 20, 50, 100, 250, 500, 750, 1000, 2000], 1_000_000).Sum(s => s.Percent);
        Assert.Equal(100, sum, 6);
    }

    private static JobReport Sample()
    {
        var stats = new JobStats { StartNs = 0, EndNs = 1_000_000_000, ClientAllocatedBytes = 500, EngineAllocatedBytes = 0 };
        for (int i = 0; i < 1000; i++)
        {
            stats.Read.Record(i * 1_000_000L, (i * 1_000_000L) + 2_000, (i * 1_000_000L) + 1_000_000, 64);
        }

        stats.Read.RuntimeNs = stats.Write.RuntimeNs = 1_000_000_000;
        return new JobReport("sample", 0, 1, new JobOptions { BlockBytes = 64 }, stats, "volatile", null);
    }
}
