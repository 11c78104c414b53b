using Daos.Fabric.Bench.Options;
using Daos.Fabric.Bench.Reporting;
using Daos.Fabric.Bench.Running;
using Daos.Fabric.Reactor;

namespace Daos.Fabric.Bench;

/// <summary>dfio: exit 0 when every job ran clean, 1 when one failed, 2 when the call could not be understood.</summary>
internal static class Program
{
    internal const string Version = "0.1.0";

    private const string Help = """
        dfio measures Daos.Fabric the way fio measures files.

          dfio JOBFILE [options]
          dfio --name=NAME --OPTION=VALUE … [--name=NAME2 …]

        Job options beside a job file hold for all its jobs.

        Run options
          --output-format=F   normal, json, json+ or terse
          --output=FILE       report to a file instead of standard output
          --eta=WHEN          live line on standard error: auto, always, never
          --parse-only        check the jobs and exit
          --cmdhelp           all job options
          --version           print the version

        Examples
          dfio --name=put --ioengine=kv --rw=randwrite --bs=64 --size=64m --iodepth=128 --runtime=10 --time_based
          dfio --name=echo --ioengine=rpc --uri=tcp://127.0.0.1:10001 --bs=64 --iodepth=1 --runtime=5 --time_based --poll
          dfio bench/jobs/kv.fio --runtime=2 --iodepth=32
          dfio --name=mix --ioengine=array --rw=randrw --bs=1m --size=1g --iodepth=4 --verify=crc32c --runtime=10 --time_based

        Exit codes: 0 all jobs ran clean, 1 a job failed, 2 the call could not be understood.
        """;

    private static int Main(string[] arguments)
    {
        try
        {
            RunOptions run = CommandLineParser.Parse(arguments);
            if (run.ShowHelp || run.ShowOptions || run.ShowVersion)
            {
                return Show(run);
            }

            return run.ParseOnly ? 0 : Execute(run);
        }
        catch (OptionException error)
        {
            Console.Error.WriteLine($"dfio: {error.Message}");
            return 2;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ReactorUnavailableException)
        {
            Console.Error.WriteLine($"dfio: {error.Message}");
            return 1;
        }
    }

    private static int Show(RunOptions run)
    {
        if (run.ShowVersion)
        {
            Console.WriteLine($"dfio-{Version}");
        }
        else if (run.ShowOptions)
        {
            foreach (OptionRow row in OptionTable.Rows)
            {
                Console.WriteLine($"{row.Name,-18} {row.Help}");
            }
        }
        else
        {
            Console.WriteLine(Help);
        }

        return 0;
    }

    private static int Execute(RunOptions run)
    {
        // The output is opened first: a run of minutes must not end in a path that cannot be written.
        using Stream output = run.OutputFile is null ? Console.OpenStandardOutput() : File.Create(run.OutputFile);
        List<JobReport> reports = JobReport.Collect(BenchRun.Run(run));
        using (var text = new StreamWriter(output, leaveOpen: true))
        {
            switch (run.Format)
            {
                case "normal":
                    NormalReport.Write(text, reports);
                    break;
                case "terse":
                    TerseReport.Write(text, reports);
                    break;
                default:
                    JsonReport.Write(output, reports, DateTimeOffset.Now, withBins: run.Format == "json+");
                    break;
            }
        }

        foreach (JobReport report in reports.Where(r => r.Error is not null))
        {
            Console.Error.WriteLine($"dfio: job '{report.Name}': {report.Error}");
        }

        return reports.Any(r => r.Error is not null) ? 1 : 0;
    }
}
