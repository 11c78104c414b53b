using System.ComponentModel;
using System.Diagnostics;

namespace Daos.Fabric.Mgmt.Storage;

/// <summary>Runs the system's own tools as processes. Any thread.</summary>
internal sealed class CommandRunner : ICommandRunner
{
    private const int SaidMax = 400;

    public async Task<string?> RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        // Where administrators' tools lie, also for a service with a short path.
        start.Environment["PATH"] = $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/sbin:/usr/bin:/bin";
        try
        {
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            Task<string> output = process.StandardOutput.ReadToEndAsync(cancellation);
            string said = await process.StandardError.ReadToEndAsync(cancellation).ConfigureAwait(false);
            await output.ConfigureAwait(false);
            await process.WaitForExitAsync(cancellation).ConfigureAwait(false);
            return process.ExitCode == 0 ? null
                : $"{program} ended with {process.ExitCode}: {OneLine(said)}";
        }
        catch (Win32Exception exception)
        {
            return $"{program} cannot be run: {exception.Message}; is it installed?";
        }
    }

    private static string OneLine(string said)
    {
        string line = said.Trim().ReplaceLineEndings("; ");
        return line.Length > SaidMax ? line[..SaidMax] : line;
    }
}
