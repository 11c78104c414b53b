using System.Diagnostics;
using Daos.Fabric.TestKit.Processes;

namespace Daos.Fabric.Integration.Tests.Support;

/// <summary>Runs a program whose assemblies get no native library.</summary>
internal static class RefusedProcess
{
    /// <summary>The built dfio.</summary>
    public static string Dfio => Path.Combine(EngineProcess.Repository, "bench", "Daos.Fabric.Bench", "bin", "Checked", "net10.0", "dfio");

    /// <summary>What such a process needs in its environment.</summary>
    public static KeyValuePair<string, string>[] Environment =>
    [
        new("DOTNET_STARTUP_HOOKS", Path.Combine(
            EngineProcess.Repository, "tests", "Daos.Fabric.NoNative", "bin", "Checked", "net10.0", "Daos.Fabric.NoNative.dll")),
    ];

    public static async Task<ChildResult> RunAsync(string path, string[] arguments)
    {
        var start = new ProcessStartInfo(path, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach ((string name, string value) in Environment)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{path} did not end: {await output}{await errors}");
        }

        return new ChildResult(process.ExitCode, await output + await errors);
    }
}
