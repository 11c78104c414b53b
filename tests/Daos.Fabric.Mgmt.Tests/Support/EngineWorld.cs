using Daos.Fabric.Mgmt.Configuration;
using Daos.Fabric.Mgmt.Engines;
using Daos.Fabric.Mgmt.Logging;
using Daos.Fabric.Mgmt.Storage;

namespace Daos.Fabric.Mgmt.Tests.Support;

/// <summary>A supervisor over directories, with fake processes and a clock that a test moves.</summary>
internal sealed class EngineWorld : IAsyncDisposable
{
    private readonly Folder _folder = new();

    internal EngineWorld(int engines = 1, bool autoFormat = false, bool restarts = true)
    {
        Config = Configs.Directories(_folder.Path, engines);
        Log = new StringWriter();
        var log = new ServerLog(Log, LogLevel.Debug, isJson: false, Time);
        Supervisor = new EngineSupervisor(Config.Engines.Select(engine => new EngineInstanceOptions
        {
            Index = engine.Index,
            Storage = new EngineStorage(Config, engine, new FakeHost(_folder.Path)),
            Launcher = Launcher,
            LaunchOf = rank => new EngineLaunch { Index = engine.Index, ConfigPath = "", ConfigText = rank.ToString(CultureInfo.InvariantCulture), Environment = new Dictionary<string, string>(), LogFile = "" },
            Membership = new StandaloneMembership(),
            Time = Time,
            Log = log,
            AutoFormat = autoFormat,
            Restarts = restarts,
            RestartDelay = TimeSpan.FromSeconds(300),
        }), log);
    }

    internal ServerConfig Config { get; }

    internal ManualTime Time { get; } = new();

    internal FakeLauncher Launcher { get; } = new();

    internal EngineSupervisor Supervisor { get; }

    internal StringWriter Log { get; }

    internal string Path => _folder.Path;

    /// <summary>The engine once it is as wished.</summary>
    internal async Task<EngineSnapshot> UntilAsync(int engine, Func<EngineSnapshot, bool> wished) =>
        (await Supervisor.ChangedAsync(all => wished(all[engine]), TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromMinutes(1)))[engine];

    internal Task<EngineSnapshot> UntilAsync(EngineState state, int engine = 0) => UntilAsync(engine, s => s.State == state);

    /// <summary>Starts it and lets its engine serve.</summary>
    internal async Task<FakeProcess> ServeAsync()
    {
        FakeProcess process = await Launcher.NextAsync();
        process.Serve();
        await UntilAsync(EngineState.Joined, process.Launch.Index);
        return process;
    }

    public async ValueTask DisposeAsync()
    {
        await Supervisor.StopAsync().WaitAsync(TimeSpan.FromMinutes(1));
        Supervisor.Dispose();
        await Log.DisposeAsync();
        _folder.Dispose();
    }
}
