using Daos.Fabric.Bench.Options;
using Daos.Fabric.Bench.Reporting;
using Daos.Fabric.Bench.Running;
using Daos.Fabric.TestKit.Processes;

namespace Daos.Fabric.Bench.Tests.Running;

/// <summary>The sample job files run as they are, shortened; what needs an engine elsewhere is read only.</summary>
public sealed class JobFileTests
{
    private static string Folder => Path.Combine(EngineProcess.Repository, "bench", "jobs");

    [Theory]
    [InlineData("kv.fio", "256k")]
    [InlineData("array.fio", "8m")]
    [InlineData("verify.fio", "1m")]
    public void Sample_Shortened_RunsClean(string name, string size)
    {
        RunOptions run = CommandLineParser.Parse(
            [Path.Combine(Folder, name), "--runtime=200ms", "--ramp_time=0", $"--size={size}", "--eta=never", "--arena=64m"]);
        List<JobReport> reports = [.. JobReport.Collect(BenchRun.Run(run))];
        Assert.Equal(3, reports.Count);
        Assert.All(reports, r => Assert.Null(r.Error));
        Assert.All(reports, r => Assert.True(r.Stats.TotalIos > 0));
    }

    [Fact]
    public void Samples_All_AreRunOrNeedAnEngine()
    {
        string[] names = [.. Directory.GetFiles(Folder).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];
        Assert.Equal(["array.fio", "kv.fio", "latency.fio", "verify.fio"], names);
        Assert.All(names, n => Assert.NotEmpty(CommandLineParser.Parse([Path.Combine(Folder, n)]).Jobs));
    }

    [Theory]
    [InlineData("durable")]
    [InlineData("volatile")]
    public void DataSize_NotWholeBlocks_IsRoundedDown(string durability)
    {
        RunOptions run = CommandLineParser.Parse(
        [
            "--name=odd", "--ioengine=kv", "--rw=write", "--size=64k", "--bs=64", "--arena=64m", $"--datasize={(64 << 20) + 1000}",
            $"--durability={durability}", "--eta=never",
        ]);
        Assert.Null(Assert.Single(JobReport.Collect(BenchRun.Run(run))).Error);
    }

    // Jobs that start together all find no pool and create it: one does, the others use it.
    [Fact]
    public void EightJobsAtOnce_NewSystem_ShareOnePool()
    {
        RunOptions run = CommandLineParser.Parse(
            ["--name=many", "--ioengine=kv", "--numjobs=8", "--rw=write", "--size=64k", "--bs=64", "--arena=64m", "--datasize=64m", "--eta=never"]);
        Assert.All(JobReport.Collect(BenchRun.Run(run)), r => Assert.Null(r.Error));
    }
}
