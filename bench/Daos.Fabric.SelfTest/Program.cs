using Daos.Fabric.SelfTest.Broadcasts;
using Daos.Fabric.SelfTest.Options;
using Daos.Fabric.SelfTest.Reporting;
using Daos.Fabric.SelfTest.Running;

namespace Daos.Fabric.SelfTest;

/// <summary>self_test: exit 0 when every call succeeded, 1 when some did not, 2 when the call could not be understood.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        try
        {
            ToolOptions? options = CommandLine.Parse(arguments);
            if (options is null)
            {
                Console.WriteLine(CommandLine.Help);
                return 0;
            }

            options.Tls?.Check();
            return options.BroadcastRanks > 0 ? BroadcastRun.Measure(options) : Measure(options);
        }
        catch (UsageException error)
        {
            Console.Error.WriteLine($"self_test: {error.Message}");
            return 2;
        }
        catch (Exception error) when (error is DaosException or IOException or ReactorUnavailableException or InvalidOperationException)
        {
            Console.Error.WriteLine($"self_test: {error.Message}");
            return 1;
        }
    }

    private static int Measure(ToolOptions options)
    {
        using var loop = new ToolLoop(options);
        TableReport? table = options.Json ? null : new TableReport(Console.Out, options);
        List<Measurement> all = new ToolRun(options, loop).Run(measurement => table?.Add(measurement));
        if (options.Json)
        {
            using Stream output = Console.OpenStandardOutput();
            JsonReport.Write(output, options, all);
        }

        foreach (Measurement failed in all.Where(m => !m.IsClean))
        {
            Console.Error.WriteLine($"self_test: {Sentence(failed)}");
        }

        return all.TrueForAll(m => m.IsClean) ? 0 : 1;
    }

    private static string Sentence(Measurement m)
    {
        if (m.Result is not { } result)
        {
            return m.Error!;
        }

        string shape = $"({ShapeParser.Format(m.Shape.Send, m.Shape.SendBytes)} {ShapeParser.Format(m.Shape.Reply, m.Shape.ReplyBytes)})";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{shape} with {m.InFlight} in flight: {result.All.Failed} calls failed and {result.All.NotMade} were not made: {result.All.FirstFailure.Text}, {result.All.FirstFailure}");
    }
}
