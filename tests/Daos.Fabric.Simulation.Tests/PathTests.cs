using System.Diagnostics;
using System.Globalization;
using Daos.Fabric.Simulation.Tests.Path;

namespace Daos.Fabric.Simulation.Tests;

/// <summary>The whole path from one seed: durable under crashes, and the same in every process.</summary>
public sealed class PathTests(ITestOutputHelper output)
{
    private const string SeedVariable = "DAOS_SIMULATION_SEED";
    private const string ReportVariable = "DAOS_SIMULATION_REPORT";
    private const ulong FirstSeed = 1000;
    private const int Seeds = 50;

    [Fact]
    [Trait("Id", "SIM")]
    public void Run_FiftySeedsWithCrashesAndPowerCuts_LedgerClean()
    {
        int crashes = 0;
        int acknowledged = 0;
        int checkedReads = 0;
        long resends = 0;
        for (ulong seed = FirstSeed; seed < FirstSeed + Seeds; seed++)
        {
            PathReport report = RunSeed(seed);
            crashes += report.Crashes;
            acknowledged += report.Acknowledged;
            checkedReads += report.ReadsChecked;
            resends += report.Resends;
        }

        output.WriteLine($"SIM: seeds={Seeds} crashes={crashes} acked={acknowledged} reads={checkedReads} resends={resends} lost=0");
        Assert.True(acknowledged > 50 * Seeds, $"only {acknowledged} acknowledged");
        Assert.True(resends > 0);
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

    private static PathReport RunSeed(ulong seed)
    {
        try
        {
            return PathRun.Run(seed);
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"seed {seed}; replay: {SeedVariable}={seed} {Environment.ProcessPath} -method *.{nameof(Child_RunsOneSeed_ReportsItsHash)}", exception);
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
