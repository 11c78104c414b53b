using System.Runtime.CompilerServices;
using Daos.Fabric.Engine.Host.Configuration;

namespace Daos.Fabric.Engine.Host;

/// <summary>The executable <c>daos_engine</c>: reads what it is told, runs one engine until a signal, and says how it ended.</summary>
internal static class Program
{
    private const int ExitClean = 0;
    private const int ExitFailed = 1;
    private const int ExitUsage = 2;

    private static int Main(string[] arguments) => DescriptorLimit.Problem is { } problem ? Fail(problem, ExitFailed) : Run(arguments);

    // Not inlined: compiling it loads assemblies, each of which needs descriptors.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Run(string[] arguments)
    {
        try
        {
            HostSettings? settings = CommandLine.Parse(arguments, ReadFile);
            if (settings is null)
            {
                Console.Out.WriteLine(CommandLine.Help);
                return ExitClean;
            }

            using var process = new EngineProcess(OptionsBuilder.Build(settings, Log), OptionsBuilder.BuildTls(settings), OptionsBuilder.BuildDrpc(settings));
            process.Run();
            return ExitClean;
        }
        catch (UsageException exception)
        {
            return Fail(exception.Message, ExitUsage);
        }
        catch (Exception exception) when (exception is DaosException or ReactorUnavailableException)
        {
            return Fail(exception.Message, ExitFailed);
        }
        catch (InvariantException exception)
        {
            return Fail($"stopped to protect the data: {exception.Message}", ExitFailed);
        }
    }

    private static string ReadFile(string path)
    {
        try
        {
            return new FileInfo(path).Length <= Limits.FileBytesMax
                ? File.ReadAllText(path)
                : throw new UsageException($"configuration file {path} is larger than {Limits.FileBytesMax} bytes.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new UsageException($"configuration file {path} cannot be read: {exception.Message}");
        }
    }

    private static void Log(string sentence) => Console.Error.WriteLine($"daos_engine: {sentence}");

    private static int Fail(string sentence, int exitCode)
    {
        Log(sentence);
        return exitCode;
    }
}
