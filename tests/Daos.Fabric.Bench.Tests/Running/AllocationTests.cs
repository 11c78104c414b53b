using Daos.Fabric.Bench.Options;
using Daos.Fabric.Bench.Reporting;
using Daos.Fabric.Bench.Running;

namespace Daos.Fabric.Bench.Tests.Running;

/// <summary>
/// The figure that path-alloc stands on, over an embedded volatile system: zero without a planted array, not zero with one. Code that is
/// still being compiled allocates now and then, so the best of a few runs counts; what is planted shows in every run.
/// </summary>
public sealed class AllocationTests
{
    private const int RunsMax = 6;

    [Theory]
    [InlineData("kv", "owner", 64, 16)]
    [InlineData("kv", "app", 64, 16)]
    [InlineData("kv", "owner", 64, 128)]
    [InlineData("array", "app", 4096, 16)]
    [InlineData("object", "owner", 64, 16)]
    public void OwnerThreads_AfterTheRamp_AllocateNothing(string engine, string submit, int blockBytes, int depth)
    {
        double least = double.MaxValue;
        for (int run = 0; run < RunsMax && least > 0; run++)
        {
            least = Math.Min(least, Measure(engine, submit, blockBytes, depth).ClientBytesPerOp);
        }

        Assert.Equal(0, least);
    }

    [Theory]
    [InlineData("kv", "owner")]
    [InlineData("kv", "app")]
    [InlineData("array", "app")]
    public void PlantedArray_OneInAThousandOperations_IsSeen(string engine, string submit)
    {
        JobReport report = Measure(engine, submit, 64, 16, "--plant_alloc=1000");
        Assert.True(report.ClientBytesPerOp >= 0.05, $"{report.ClientBytesPerOp} bytes per operation");
    }

    private static JobReport Measure(string engine, string submit, int blockBytes, int depth, params string[] more)
    {
        RunOptions run = CommandLineParser.Parse(
        [
            $"--name=alloc", $"--ioengine={engine}", $"--submit={submit}", "--rw=randrw", $"--bs={blockBytes}", $"--size={blockBytes * 512}",
            $"--iodepth={depth}", "--number_ios=10000", "--ramp_time=1500ms", "--durability=volatile", "--norandommap=1", "--eta=never",
            "--arena=64m", "--datasize=64m", .. more,
        ]);
        JobReport report = Assert.Single(JobReport.Collect(BenchRun.Run(run)));
        Assert.Null(report.Error);
        Assert.InRange(report.Stats.TotalIos, 10_000, 10_000 + depth);
        Assert.True(report.Stats.LibraryAllocatedBytes >= 0, "the SDK's threads were not counted");
        return report;
    }
}
