using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Daos.Fabric.TestKit.Processes;

/// <summary>The real <c>daos_engine</c> executable as a child process. Used by one thread.</summary>
public sealed class EngineProcess : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _errors = new();
    private TaskCompletionSource _said = NewSignal();
    private readonly TaskCompletionSource<string> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private EngineProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, e) => OnOutput(e.Data);
        process.ErrorDataReceived += (_, e) => OnError(e.Data);
        process.EnableRaisingEvents = true;
        process.Exited += (_, _) => _ready.TrySetResult("");
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Where the executable was built.</summary>
    public static string Executable => Path.Combine(Repository, "engine", "Daos.Fabric.Engine.Host", "bin", "Checked", "net10.0", "daos_engine");

    /// <summary>The assembly of modules that engines of tests load.</summary>
    public static string TestModule => Path.Combine(Repository, "tests", "Daos.Fabric.TestModule", "bin", "Checked", "net10.0", "Daos.Fabric.TestModule.dll");

    /// <summary>The repository's root.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>Process id.</summary>
    public int Id => _process.Id;

    /// <summary>True once it ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>What it said on standard error so far.</summary>
    public string Errors
    {
        get
        {
            lock (_errors)
            {
                return _errors.ToString();
            }
        }
    }

    /// <summary>Processor time that it used so far.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Starts it.</summary>
    public static EngineProcess Start(params string[] arguments) => StartWith([], arguments);

    /// <summary>Starts it with more variables in its environment.</summary>
    public static EngineProcess StartWith(KeyValuePair<string, string>[] environment, params string[] arguments) =>
        StartProgram(Executable, environment, arguments);

    /// <summary>Starts it with so many file descriptors at most.</summary>
    public static EngineProcess StartLimited(int descriptorsMax, KeyValuePair<string, string>[] environment, params string[] arguments)
    {
        string limit = string.Create(CultureInfo.InvariantCulture, $"ulimit -n {descriptorsMax}; exec \"$0\" \"$@\"");
        return StartProgram("bash", environment, ["-c", limit, Executable, .. arguments]);
    }

    /// <summary>Starts it in a group whose memory is bounded.</summary>
    public static EngineProcess StartIn(MemoryGroup group, params string[] arguments)
    {
        string join = $"echo $$ > '{group.ProcessesFile}' && exec \"$0\" \"$@\"";
        return StartProgram("bash", [], ["-c", join, Executable, .. arguments]);
    }

    /// <summary>Starts it and waits for its "ready" line; throws with its own words when it ends instead.</summary>
    public static async Task<EngineProcess> StartReadyAsync(params string[] arguments)
    {
        EngineProcess engine = Start(arguments);
        string line = await engine.WaitReadyAsync();
        return line.Length > 0 ? engine : throw new InvalidOperationException($"daos_engine ended instead of serving: {engine.Errors}");
    }

    /// <summary>The "ready" line; empty when the process ended without one.</summary>
    public Task<string> WaitReadyAsync() => _ready.Task.WaitAsync(TimeSpan.FromSeconds(60));

    /// <summary>Waits until it said something on standard error that contains a text.</summary>
    public async Task WaitForErrorAsync(string text)
    {
        while (true)
        {
            Task said;
            lock (_errors)
            {
                said = _said.Task;
            }

            if (Errors.Contains(text, StringComparison.Ordinal))
            {
                return;
            }

            await said.WaitAsync(TimeSpan.FromSeconds(60));
        }
    }

    /// <summary>The first address of its "ready" line.</summary>
    public async Task<TransportUri> AddressAsync() =>
        TransportUri.Parse((await WaitReadyAsync()).Split(' ').First(word => word.StartsWith("uri=", StringComparison.Ordinal))[4..]);

    /// <summary>Ends it without warning (SIGKILL).</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>Asks it to end (SIGTERM) and returns its exit code.</summary>
    public async Task<int> TerminateAsync()
    {
        await AskToEndAsync();
        return await WaitExitAsync();
    }

    /// <summary>Asks it to end (SIGTERM) and does not wait.</summary>
    public async Task AskToEndAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Waits until it ended by itself; its exit code.</summary>
    public async Task<int> WaitExitAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    /// <summary>Ends it if it still runs.</summary>
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Kill();
        }

        _process.Dispose();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static EngineProcess StartProgram(string program, KeyValuePair<string, string>[] environment, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        return new EngineProcess(new Process { StartInfo = start });
    }

    private static string FindRepository()
    {
        if (Environment.GetEnvironmentVariable("DAOS_REPOSITORY") is { Length: > 0 } given)
        {
            return given;
        }

        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Daos.Fabric.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("tests run outside of the repository; set DAOS_REPOSITORY");
    }

    private void OnOutput(string? line)
    {
        if (line is not null && line.StartsWith("ready ", StringComparison.Ordinal))
        {
            _ready.TrySetResult(line);
        }
    }

    private void OnError(string? line)
    {
        if (line is not null)
        {
            lock (_errors)
            {
                _errors.AppendLine(line);
                _said.SetResult();
                _said = NewSignal();
            }
        }
    }
}
