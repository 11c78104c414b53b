using System.Globalization;
using System.Text.Json;
using Daos.Fabric.Bench.Options;
using Daos.Fabric.Bench.Reporting;
using Daos.Fabric.Bench.Running;

namespace Daos.Fabric.Bench.Tests.Running;

/// <summary>The store job as the rows of bench/peers use it: made, opened again, and what its report says of recovery and memory.</summary>
public sealed class StoreJobTests : IDisposable
{
    private const int Keys = 2000;

    private readonly string _folder = Directory.CreateTempSubdirectory("dfio-store-test-").FullName;

    [Fact]
    public void Existing_AfterACleanEnd_LoadsPagesAndFindsEveryKey()
    {
        JsonElement made = Run("--rw=write", "--layout=0");
        Assert.Equal(0, Number(made, "store_pages_loaded") / 100);
        Assert.InRange(Number(made, "store_metadata_bytes"), Keys * 150, Keys * 600);
        Assert.InRange(Number(made, "store_log_used_bytes"), Keys * 100, 64 << 20);
        Assert.True(Number(made, "memory_peak_bytes") > 10 << 20, "a process of .NET has more");

        JsonElement opened = Run("--rw=randread", "--layout=0", "--existing=1");
        Assert.True(Number(opened, "store_pages_loaded") > Keys * 150 / 4096, "the checkpoint held all keys");
        Assert.Equal(0, Number(opened, "store_bytes_replayed"));
        Assert.True(Number(opened, "store_open_ns") > 0, "opening takes time");
        Assert.Equal(Keys, opened.GetProperty("read").GetProperty("total_ios").GetInt64());
    }

    [Fact]
    public void Existing_WhereNothingIs_FailsTheJob()
    {
        JobReport report = Assert.Single(JobReport.Collect(BenchRun.Run(Parse("--rw=read", "--layout=0", "--existing=1"))));
        Assert.NotNull(report.Error);
    }

    /// <summary>With keys announced before they are used every operation of the job is made once, and reads find what they should.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(16)]
    public void LookAhead_OfAnyLength_MakesEveryOperationOnce(int lookAhead)
    {
        JsonElement job = Run("--rw=randread", "--durability=volatile", $"--lookahead={lookAhead}");
        Assert.Equal(Keys, job.GetProperty("read").GetProperty("total_ios").GetInt64());
        job = Run("--rw=randrw", "--durability=volatile", "--norandommap=1", "--number_ios=777", $"--lookahead={lookAhead}");
        Assert.InRange(job.GetProperty("read").GetProperty("total_ios").GetInt64() + job.GetProperty("write").GetProperty("total_ios").GetInt64(), 777, 777 + 16);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static long Number(JsonElement job, string name) => job.GetProperty(name).GetInt64();

    private RunOptions Parse(params string[] options) => CommandLineParser.Parse(
    [
        "--name=test", "--ioengine=store", "--bs=64", $"--size={(Keys * 64).ToString(CultureInfo.InvariantCulture)}", "--iodepth=16", "--arena=64m",
        "--logsize=64m", "--datasize=8m", $"--directory={_folder}", "--eta=never", .. options,
    ]);

    private JsonElement Run(params string[] options)
    {
        JobReport report = Assert.Single(JobReport.Collect(BenchRun.Run(Parse(options))));
        Assert.Null(report.Error);
        using var stream = new MemoryStream();
        JsonReport.Write(stream, [report], DateTimeOffset.UnixEpoch, withBins: false);
        using JsonDocument document = JsonDocument.Parse(stream.ToArray());
        return document.RootElement.GetProperty("jobs")[0].Clone();
    }
}
