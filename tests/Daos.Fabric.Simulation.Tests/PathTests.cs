using System.Diagnostics;
using System.Globalization;
using Daos.Fabric.Simulation.Tests.Cluster;
using Daos.Fabric.TestKit.Runs;

namespace Daos.Fabric.Simulation.Tests;

/// <summary>The whole path from one seed: durable under crashes, and the same in every process.</summary>
public sealed class PathTests(ITestOutputHelper output)
{
    private const string SeedVariable = "DAOS_SIMULATION_SEED";
    private const string KindVariable = "DAOS_SIMULATION_KIND";
    private const string ReportVariable = "DAOS_SIMULATION_REPORT";
    private const ulong FirstSeed = 1000;

    [Fact]
    [Trait("Id", "SIM")]
    public void Run_FiftySeedsWithCrashesAndPowerCuts_LedgerClean()
    {
        var run = new SeededRun("SIM", "path", t0: 50, t1: 10_000, output.WriteLine, FirstSeed);
        run.Run((seed, counts) =>
        {
            ClusterReport report = ClusterRun.RunPath(seed);
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
    public void Run_SeveralEnginesAndClientsWithAllFaults_LedgersCleanAndRanksAlive()
    {
        var run = new SeededRun("SIM", "cluster", t0: 8, t1: 3_000, output.WriteLine, FirstSeed);
        run.Run((seed, counts) =>
        {
            ClusterReport report = ClusterRun.RunCluster(seed);
            counts.Add("crashes", report.Crashes);
            counts.Add("acked", report.Acknowledged);
            counts.Add("reads", report.ReadsChecked);
            counts.Add("resends", report.Resends);
            counts.Add("lost", 0);
            counts.Add("cuts", report.Cuts);
            counts.Add("messages_lost", report.Lost);
            counts.Add("messages_doubled", report.Doubled);
            counts.Add("messages_overtaken", report.Overtaken);
            counts.Add("deaths_noticed", report.DeathsNoticed);
        });
        string[] all = ["crashes", "cuts", "resends", "messages_lost", "messages_doubled", "messages_overtaken", "deaths_noticed"];
        Assert.All(all, name => Assert.True(!run.IsComplete || run.Counts[name] > 0, $"no {name}"));
        Assert.True(!run.IsComplete || run.Counts["acked"] > 100 * run.Units, $"only {run.Counts["acked"]} acknowledged");
    }

    [Fact]
    public void Run_FlushesThatDoNothing_TheLedgersNotice()
    {
        int noticed = 0;
        for (ulong seed = 1; seed <= 3; seed++)
        {
            noticed += Record.Exception(() => ClusterRun.RunCluster(seed, cluster => cluster.Engines.ForEach(e => e.Node.Faults.Arm(FaultPoint.MediaFlushIgnored)))) is null ? 0 : 1;
        }

        Assert.Equal(3, noticed);
    }

    [Theory]
    [InlineData("path")]
    [InlineData("cluster")]
    [Trait("Id", "SIM")]
    public void Run_SameSeedInTwoProcesses_SameEventHashAndNoPoolThread(string kind)
    {
        string first = RunInProcess(kind, FirstSeed);
        string second = RunInProcess(kind, FirstSeed);
        string other = RunInProcess(kind, FirstSeed + 1);
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
        ClusterReport report = Environment.GetEnvironmentVariable(KindVariable) == "cluster" ? ClusterRun.RunCluster(seed) : ClusterRun.RunPath(seed);
        if (Environment.GetEnvironmentVariable(ReportVariable) is { } path)
        {
            File.WriteAllText(path, $"seed={report.Seed} hash={report.Hash:x16} events={report.Events} acked={report.Acknowledged} pool={report.PoolItems}");
        }
    }

    private static string RunInProcess(string kind, ulong seed)
    {
        string report = System.IO.Path.GetTempFileName();
        try
        {
            var start = new ProcessStartInfo(Environment.ProcessPath!, ["-method", $"*.{nameof(Child_RunsOneSeed_ReportsItsHash)}"])
            {
                RedirectStandardOutput = true,
                Environment = { [KindVariable] = kind, [SeedVariable] = seed.ToString(CultureInfo.InvariantCulture), [ReportVariable] = report },
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
