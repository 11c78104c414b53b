using Daos.Fabric.Bench.Options;
using Daos.Fabric.Client;

namespace Daos.Fabric.Bench.Engines;

/// <summary>
/// The systems that the jobs of one run reach through the public API: one per address, and one embedded per directory. Any thread.
/// </summary>
internal sealed class SharedSystems : IDisposable
{
    private readonly object _gate = new();
    private readonly Dictionary<string, Task<DaosSystem>> _systems = [];

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

    public void Dispose()
    {
        foreach (Task<DaosSystem> system in _systems.Values.Where(s => s.IsCompletedSuccessfully))
        {
            system.Result.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private static async Task<DaosSystem> StartAsync(JobOptions options) =>
        options.Uri is { } uri
            ? await DaosSystem.ConnectAsync(uri, new DaosClientOptions { SpinNs = options.Poll ? long.MaxValue : options.SpinNs }).ConfigureAwait(false)
            : throw new OptionException("an embedded system is not in this build; give uri=");
}
