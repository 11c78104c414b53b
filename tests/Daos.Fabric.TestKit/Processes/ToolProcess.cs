using System.Diagnostics;

namespace Daos.Fabric.TestKit.Processes;

/// <summary>Runs a shipped tool to its end: what it said, and its exit code. Any thread.</summary>
public static class ToolProcess
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(120);

    /// <summary>Where the benchmark was built.</summary>
    public static string Dfio => Path.Combine(EngineProcess.Repository, "bench", "Daos.Fabric.Bench", "bin", "Checked", "net10.0", "dfio");

    /// <summary>Where the fabric's self-test tool was built.</summary>
    public static string SelfTest => Path.Combine(EngineProcess.Repository, "bench", "Daos.Fabric.SelfTest", "bin", "Checked", "net10.0", "self_test");

    /// <summary>Where the sample that quickstart.sh runs was built.</summary>
    public static string Quickstart => Path.Combine(EngineProcess.Repository, "client", "samples", "Quickstart", "bin", "Checked", "net10.0", "daos_quickstart");

    /// <summary>
    /// Runs a program. When asked to be unprivileged, root runs it without the capabilities that overrule file modes; it stays root, since the
    /// program itself may lie below a directory that others cannot enter. Throws when it does not end within two minutes.
    /// </summary>
    public static async Task<ToolResult> RunAsync(
        string program,
        string[] arguments,
        IReadOnlyDictionary<string, string>? environment = null,
        bool isUnprivileged = false)
    {
        bool drops = isUnprivileged && Environment.IsPrivilegedProcess;
        var start = drops
            ? new ProcessStartInfo("setpriv", ["--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search", "--", program, .. arguments])
            : new ProcessStartInfo(program, arguments);
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        try
        {
            using var limit = new CancellationTokenSource(s_limit);
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} still ran after {s_limit.TotalSeconds} s: {await errors.ConfigureAwait(false)}");
        }

        return new ToolResult(process.ExitCode, await output.ConfigureAwait(false), await errors.ConfigureAwait(false));
    }
}
