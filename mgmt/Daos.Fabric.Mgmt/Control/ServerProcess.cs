using System.Runtime.InteropServices;
using Daos.Fabric.Core.Errors;
using Daos.Fabric.Mgmt.Configuration;
using Daos.Fabric.Mgmt.Drpc;
using Daos.Fabric.Mgmt.Engines;
using Daos.Fabric.Mgmt.Hardware;
using Daos.Fabric.Mgmt.Logging;
using Daos.Fabric.Mgmt.Storage;

namespace Daos.Fabric.Mgmt.Control;

/// <summary>daos_server in this process, from start until a signal. One use.</summary>
internal sealed class ServerProcess(ServerConfig config, bool autoFormat, TextWriter errors) : IDisposable
{
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private EngineSupervisor? _supervisor;
    private FileStream? _lock;

    /// <summary>Serves until a signal. Null, or why it could not start.</summary>
    internal async Task<string?> RunAsync()
    {
        if (Prepare() is { } problem)
        {
            return problem;
        }

        await using TextWriter? file = config.LogFile.Length > 0 ? File.AppendText(config.LogFile) : null;
        var log = new ServerLog(file ?? errors, Enum.Parse<LogLevel>(config.LogMask, ignoreCase: true), config.LogJson, TimeProvider.System);
        var host = new HostStorage(new CommandRunner(), new SystemRoots());
        var launches = new EngineLaunches(config, new SystemRoots(), Variables());
        var launcher = new ProcessLauncher(ProcessLauncher.Find()!, log);
        _supervisor = new EngineSupervisor(config.Engines.Select(engine => Options(engine, host, launches, launcher, log)), log);

        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        var sockets = new EngineSockets(config.Engines.Count, log);
        await using DrpcServer? calls = Listen(sockets, log, out string? refused);
        if (calls is null)
        {
            return refused;
        }

        await using var control = new ControlHost(config, _supervisor, new EngineDevices(_supervisor, sockets, TimeProvider.System));
        await control.StartAsync().ConfigureAwait(false);
        log.Info("daos_server serves", ("version", Commands.VersionCommand.Text), ("system", config.Name), ("engines", config.Engines.Count), ("socket", control.SocketPath), ("pid", Environment.ProcessId));
        _supervisor.Start();
        if (await Task.WhenAny(_end.Task, calls.Ended).ConfigureAwait(false) == calls.Ended)
        {
            // Engines serve without it; one that starts would not be heard.
            log.Error("the socket for calls of engines has failed; start daos_server anew before an engine has to start", ("socket", calls.Path), ("why", (await calls.Ended.ConfigureAwait(false)).Text));
        }

        await _end.Task.ConfigureAwait(false);
        log.Info("daos_server stops its engines; a second signal ends them at once");
        await _supervisor.StopAsync().ConfigureAwait(false);
        log.Info("daos_server ends");
        return null;
    }

    public void Dispose()
    {
        _supervisor?.Dispose();
        _lock?.Dispose();
    }

    private EngineInstanceOptions Options(EngineConfig engine, HostStorage host, EngineLaunches launches, ProcessLauncher launcher, ServerLog log)
    {
        var storage = new EngineStorage(config, engine, host);
        return new EngineInstanceOptions
        {
            Index = engine.Index,
            Storage = storage,
            Launcher = launcher,
            LaunchOf = rank => launches.Of(engine, storage, rank),
            Membership = new StandaloneMembership(),
            Time = TimeProvider.System,
            Log = log,
            AutoFormat = autoFormat,
            Restarts = config.RestartsEngines,
            RestartDelay = config.RestartDelay,
        };
    }

    // Null: the reason says why the engines' calls cannot be taken.
    private DrpcServer? Listen(EngineSockets sockets, ServerLog log, out string? refused)
    {
        refused = null;
        try
        {
            return DrpcServer.Start(new DrpcServerOptions
            {
                SocketDirectory = config.SocketDirectory,
                Engines = sockets,
                Time = TimeProvider.System,
                Log = sentence => log.Notice(sentence),
            });
        }
        catch (DaosException exception)
        {
            refused = exception.Message;
            return null;
        }
    }

    private string? Prepare()
    {
        if (config.Engines.Count == 0)
        {
            return "the configuration has no engines; 'daos_server config generate' writes some";
        }

        if (ServerChecks.Membership(config) is { } membership)
        {
            return membership;
        }

        if (ProcessLauncher.Find() is null)
        {
            return $"daos_engine is not next to daos_server ({AppContext.BaseDirectory}); install it there, or name it in the environment variable {ProcessLauncher.Variable}";
        }

        string[] problems = [.. new EngineLaunches(config, new SystemRoots(), Variables()).Problems(), .. ServerChecks.Certificates(config)];
        return problems.Length > 0 ? string.Join("; ", problems) : TakeDirectories();
    }

    private string? TakeDirectories()
    {
        try
        {
            Directory.CreateDirectory(config.SocketDirectory);
            if (config.LogFile.Length > 0)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(config.LogFile)!);
                File.AppendText(config.LogFile).Dispose();
            }

            if (config.CoreDumpFilter is { } filter)
            {
                // Engines inherit it.
                File.WriteAllText("/proc/self/coredump_filter", string.Create(CultureInfo.InvariantCulture, $"0x{filter:x}"));
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"the directory of sockets {config.SocketDirectory} or the log cannot be prepared: {exception.Message}; correct socket_dir and control_log_file, or the permissions";
        }

        try
        {
            _lock = new FileStream($"{config.SocketDirectory}/daos_server.lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"another daos_server uses {config.SocketDirectory}; stop it, or give this one another socket_dir";
        }
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        if (!_end.TrySetResult())
        {
            _supervisor?.Kill();
        }
    }

    private static Dictionary<string, string> Variables() => Environment.GetEnvironmentVariables()
        .Cast<System.Collections.DictionaryEntry>().ToDictionary(static e => (string)e.Key, static e => (string?)e.Value ?? "", StringComparer.Ordinal);
}
