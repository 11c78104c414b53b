using System.Diagnostics;
using System.Globalization;
using Daos.Fabric.Simulation.Tests.Path;
using Daos.Fabric.TestKit.Runs;

namespace Daos.Fabric.Simulation.Tests;

/// <summary>The whole path from one seed: durable under crashes, and the same in every process.</summary>
public sealed class PathTests(ITestOutputHelper output)
{
    private const string SeedVariable = "DAOS_SIMULATION_SEED";
    private const string ReportVariable = "DAOS_SIMULATION_REPORT";
    private const ulong FirstSeed = 1000;

    [Fact]
    [Trait("Id", "SIM")]
    public void Run_FiftySeedsWithCrashesAndPowerCuts_LedgerClean()
    {
        var run = new SeededRun("SIM", "path", t0: 50, t1: 10_000, output.WriteLine, FirstSeed);
        run.Run((seed, counts) =>
        {
            PathReport report = PathRun.Run(seed);
            counts.Add("crashes", report.Crashes);
            counts.Add("acked", report.Acknowledged);
            counts.Add("reads", report.ReadsChecked);
            counts.Add("resends", report.Resends);
            counts.Add("lost", 0);
        });
        Assert.True(!run.IsComplete || run.Counts["acked"] > 50 * run.Units, $"only {run.Counts["acked"]} acknowledged");
        Assert.True(!run.IsComplete || run.Counts["resends"] > 0);
    }

    [Fact]
    [Trait("Id", "SIM")]
    public void Run_SameSeedInTwoProcesses_SameEventHashAndNoPoolThread()
    {
        string first = RunInProcess(FirstSeed);
        string second = RunInProcess(FirstSeed);
        string other = RunInProcess(FirstSeed + 1);
        output.WriteLine($"SIM: {first}");
        Assert.Equal(first, second);
        Assert.NotEqual(first, other);
        Assert.EndsWith(" pool=0", first, StringComparison.Ordinal);
    }

    /// <summary>The child's part of the test above; on its own it runs one seed.</summary>
    [Fact]
    public void Child_RunsOneSeed_ReportsItsHash()
    {
        ulong seed = ulong.Parse(Environment.GetEnvironmentVariable(SeedVariable) ?? "1", CultureInfo.InvariantCulture);
        PathReport report = PathRun.Run(seed);
        if (Environment.GetEnvironmentVariable(ReportVariable) is { } path)
        {
            File.WriteAllText(path, $"seed={report.Seed} hash={report.Hash:x16} events={report.Events} acked={report.Acknowledged} pool={report.PoolItems}");
        }
    }

    private static string RunInProcess(ulong seed)
    {
        string report = System.IO.Path.GetTempFileName();
        try
        {
            var start = new ProcessStartInfo(Environment.ProcessPath!, ["-method", $"*.{nameof(Child_RunsOneSeed_ReportsItsHash)}"])
            {
                RedirectStandardOutput = true,
                Environment = { [SeedVariable] = seed.ToString(CultureInfo.InvariantCulture), [ReportVariable] = report },
            };
            using Process child = Process.Start(start)!;
            string said = child.StandardOutput.ReadToEnd();
            child.WaitForExit();
            Assert.True(child.ExitCode == 0, said);
            return File.ReadAllText(report);
        }
        finally
        {
            File.Delete(report);
        }
    }
}
