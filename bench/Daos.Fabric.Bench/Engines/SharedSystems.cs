using Daos.Fabric.Bench.Options;
using Daos.Fabric.Client;
using Daos.Fabric.Embedded;
using Daos.Fabric.Engine;
using Daos.Fabric.Reactor;

namespace Daos.Fabric.Bench.Engines;

/// <summary>
/// The systems that the jobs of one run reach through the public API: one per address, and one embedded per directory. Any thread.
/// </summary>
/// <param name="jobs">All jobs of the run; an embedded system has room for all that use it.</param>
internal sealed class SharedSystems(IReadOnlyList<JobOptions> jobs) : IDisposable
{
    private readonly object _gate = new();
    private readonly Dictionary<string, Task<DaosSystem>> _systems = [];
    private readonly List<ScratchDirectory> _directories = [];

    /// <summary>The system that the job's options name; started or connected once.</summary>
    internal Task<DaosSystem> OpenAsync(JobOptions options)
    {
        lock (_gate)
        {
            string key = options.Uri ?? options.Directory ?? "";
            if (!_systems.TryGetValue(key, out Task<DaosSystem>? system))
            {
                system = StartAsync(options);
                _systems.Add(key, system);
            }

            return system;
        }
    }

    /// <summary>Ends the systems, and removes what stood in a temporary directory.</summary>
    public void Dispose()
    {
        foreach (Task<DaosSystem> system in _systems.Values.Where(s => s.IsCompletedSuccessfully))
        {
            system.Result.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }

        foreach (ScratchDirectory directory in _directories)
        {
            directory.Dispose();
        }
    }

    // The progress thread keeps its own policy when the job polls: callers of the public API sleep between their calls.
    private static PollingPolicy SdkPollingOf(JobOptions options) =>
        options.Polling == PollingPolicy.Busy ? PollingPolicy.Adaptive : options.Polling;

    // What the jobs write, and as much again for versions that were overwritten and not reclaimed yet.
    private long RoomFor(JobOptions options) =>
        2 * jobs.Where(j => j.Uri is null && j.Directory == options.Directory).Sum(j => j.SizeBytes * j.Jobs) / options.Targets;

    private async Task<DaosSystem> StartAsync(JobOptions options)
    {
        var client = new DaosClientOptions { SpinNs = options.SpinNs, Polling = SdkPollingOf(options), Tls = options.Tls };
        if (options.Uri is { } uri)
        {
            return await DaosSystem.ConnectAsync(uri, client).ConfigureAwait(false);
        }

        var directory = new ScratchDirectory(options.Directory);
        _directories.Add(directory);
        var sizes = new ShardSizes();
        var embedded = new EmbeddedOptions
        {
            Targets = options.Targets,
            Volatile = options.Volatile,
            Polling = options.Polling,
            Client = client,
            Sizes = sizes with
            {
                ArenaBytes = options.ArenaBytes > 0 ? options.ArenaBytes : sizes.ArenaBytes,
                DataBytes = options.DataBytes > 0 ? options.DataBytes : sizes.DataBytes + RoomFor(options),
            },
        };
        return await DaosSystem.StartEmbeddedAsync(directory.Path, embedded).ConfigureAwait(false);
    }
}
