using Daos.Fabric.Mgmt.Logging;
using Daos.Fabric.Mgmt.Storage;

namespace Daos.Fabric.Mgmt.Engines;

/// <summary>
/// All engines of this host: starts them, holds their states for whoever asks, and stops them in order. Needs no process and no clock of its own, so
/// that tests and the management service drive it as it is. Any thread.
/// </summary>
internal sealed class EngineSupervisor : IDisposable
{
    private readonly EngineInstance[] _engines;
    private readonly ServerLog _log;
    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task[] _running = [];
    private bool _isKilled;

    /// <summary>Engines are made from options, one each; a change of any is seen by <see cref="ChangedAsync"/>.</summary>
    internal EngineSupervisor(IEnumerable<EngineInstanceOptions> engines, ServerLog log)
    {
        _log = log;
        _engines = [.. engines.Select(o => new EngineInstance(o with { Changed = Tell(o.Changed) }))];
    }

    /// <summary>After <see cref="StopAsync"/>.</summary>
    public void Dispose() => Array.ForEach(_engines, static e => e.Dispose());

    /// <summary>In the order of the configuration.</summary>
    internal IReadOnlyList<EngineSnapshot> Snapshots => [.. _engines.Select(static e => e.Snapshot)];

    /// <summary>True when every engine serves.</summary>
    internal bool IsReady => Snapshots.All(static s => s.State is EngineState.Joined or EngineState.Ready);

    /// <summary>One engine.</summary>
    internal EngineInstance this[int index] => _engines[index];

    /// <summary>Lets all engines live; each starts on its own.</summary>
    internal void Start() => _running = [.. _engines.Select(static e => e.RunAsync())];

    /// <summary>Formats the storage of engines that wait for it, or of all when forced, each by itself. What went wrong, by engine.</summary>
    internal async Task<IReadOnlyDictionary<int, StorageException>> FormatAsync(bool isForced)
    {
        var failed = new Dictionary<int, StorageException>();
        foreach ((EngineInstance engine, int index) in _engines.Select(static (e, i) => (e, i)))
        {
            try
            {
                await engine.FormatAsync(isForced).ConfigureAwait(false);
            }
            catch (StorageException exception)
            {
                failed[index] = exception;
            }
        }

        return failed;
    }

    /// <summary>Completes when the states fulfil a condition, which is asked after every change; fails when cancelled.</summary>
    internal async Task<IReadOnlyList<EngineSnapshot>> ChangedAsync(Func<IReadOnlyList<EngineSnapshot>, bool> condition, CancellationToken cancellation)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                changed = _changed.Task;
            }

            if (Snapshots is var now && condition(now))
            {
                return now;
            }

            await changed.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Stops engines one after the other, the last first, and ends when all have ended.</summary>
    internal async Task StopAsync()
    {
        for (int index = _engines.Length - 1; index >= 0 && !_isKilled; index--)
        {
            await _engines[index].StopAsync().ConfigureAwait(false);
        }

        foreach (EngineInstance engine in _engines)
        {
            engine.End();
        }

        await Task.WhenAll(_running).ConfigureAwait(false);
    }

    /// <summary>Does not wait for clean ends any more.</summary>
    internal void Kill()
    {
        _log.Warning("engines are ended at once");
        _isKilled = true;
        foreach (EngineInstance engine in _engines)
        {
            engine.End();
            engine.Kill();
        }
    }

    private Action<EngineSnapshot> Tell(Action<EngineSnapshot> further) => snapshot =>
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.SetResult();
        further(snapshot);
    };
}
