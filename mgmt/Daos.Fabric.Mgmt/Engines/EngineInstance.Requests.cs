using Daos.Fabric.Core.Errors;
using Daos.Fabric.Mgmt.Storage;

namespace Daos.Fabric.Mgmt.Engines;

/// <content>What can be asked of it.</content>
internal sealed partial class EngineInstance
{
    private bool IsEnding
    {
        get
        {
            lock (_lock)
            {
                return _isEnding;
            }
        }
    }

    private bool MayRun
    {
        get
        {
            lock (_lock)
            {
                return _mayRun;
            }
        }
    }

    private Task Asked
    {
        get
        {
            lock (_lock)
            {
                return _asked.Task;
            }
        }
    }

    /// <summary>Formats its storage and starts it. Throws <see cref="StorageException"/>: DER_BUSY while its process runs, and what formatting says.</summary>
    internal async Task FormatAsync(bool isForced)
    {
        await _storage.WaitAsync().ConfigureAwait(false);
        try
        {
            await FormatLockedAsync(isForced).ConfigureAwait(false);
        }
        finally
        {
            _storage.Release();
        }

        Start();
    }

    /// <summary>Starts it when it was stopped or could not start; nothing happens when it runs.</summary>
    internal void Start() => Ask(() => _mayRun = true);

    /// <summary>Stops its process; it stays stopped until <see cref="Start"/>. Ends when the process has ended.</summary>
    internal async Task StopAsync()
    {
        await Terminate(() => _mayRun = false, EngineState.Stopped).ConfigureAwait(false);
    }

    /// <summary>Stops its process and ends <see cref="RunAsync"/>.</summary>
    internal void End() => _ = Terminate(() => _isEnding = true, EngineState.Errored);

    /// <summary>Ends its process at once.</summary>
    internal void Kill()
    {
        IEngineProcess? process;
        lock (_lock)
        {
            process = _process;
        }

        process?.Kill();
    }

    // The caller holds the storage.
    private async Task<Superblock> FormatLockedAsync(bool isForced)
    {
        lock (_lock)
        {
            if (_process is not null)
            {
                throw new StorageException(DerCode.Busy, $"engine {_options.Index} runs (state {_now.State}); stop it before its storage is formatted. Nothing was changed");
            }
        }

        Superblock superblock = await _options.Storage.FormatAsync(isForced, (uint)_options.Index, _options.NewUuid(), CancellationToken.None).ConfigureAwait(false);
        Set(s => s with { Uuid = superblock.Uuid, Rank = superblock.Rank });
        _options.Log.Notice("storage is formatted", ("engine", _options.Index), ("uuid", superblock.Uuid));
        return superblock;
    }

    // What has no process and failed is left in the state that is given.
    private Task Terminate(Action note, EngineState failed)
    {
        IEngineProcess? process;
        Task ended;
        lock (_lock)
        {
            process = _process;
            ended = process is null ? Task.CompletedTask : _ended.Task;
            if (process is not null && EngineStates.MayFollow(_now.State, EngineState.Stopping))
            {
                Change(_now with { State = EngineState.Stopping });
            }
            else if (process is null && _now.State is EngineState.Errored)
            {
                Change(_now with { State = failed, RestartAt = null });
            }
        }

        Ask(note);
        process?.Terminate();
        return ended;
    }

    private void Ask(Action note)
    {
        TaskCompletionSource asked;
        lock (_lock)
        {
            note();
            asked = _asked;
            _asked = NewSignal();
        }

        asked.SetResult();
    }
}
