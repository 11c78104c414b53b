using Daos.Fabric.Mgmt.Logging;
using Daos.Fabric.Mgmt.Storage;

namespace Daos.Fabric.Mgmt.Engines;

/// <summary>
/// One engine from its storage to its end: waits until it is formatted, starts its process, takes it into the system, starts it again when it dies,
/// and stops it. <see cref="RunAsync"/> is its one loop; everything else asks that loop. Any thread.
/// </summary>
internal sealed partial class EngineInstance : IDisposable
{
    private readonly EngineInstanceOptions _options;
    private readonly RestartLimiter _limiter;
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _storage = new(1);
    private EngineSnapshot _now;
    private IEngineProcess? _process;
    private TaskCompletionSource _asked = NewSignal();
    private Task _askedSinceDeath = Task.CompletedTask;
    private TaskCompletionSource _ended = NewSignal();
    private bool _mayRun = true;
    private bool _isEnding;
    private bool _hasServed;

    internal EngineInstance(EngineInstanceOptions options)
    {
        _options = options;
        _limiter = new RestartLimiter(options.RestartDelay, options.Time);
        _now = new EngineSnapshot { Index = options.Index, Since = options.Time.GetUtcNow() };
    }

    /// <summary>After <see cref="RunAsync"/> has ended.</summary>
    public void Dispose() => _storage.Dispose();

    /// <summary>As it is now.</summary>
    internal EngineSnapshot Snapshot
    {
        get
        {
            lock (_lock)
            {
                return _now;
            }
        }
    }

    /// <summary>Runs it until <see cref="End"/>.</summary>
    internal async Task RunAsync()
    {
        while (!IsEnding)
        {
            Task asked = Asked;
            if (!MayRun || await OpenAndLaunchAsync().ConfigureAwait(false) is not { } started)
            {
                await asked.ConfigureAwait(false);
                continue;
            }

            EngineExit exit = await ServeAsync(started.Superblock, started.Process).ConfigureAwait(false);
            if (Snapshot.State == EngineState.Errored)
            {
                await WaitForRestartAsync(exit).ConfigureAwait(false);
            }
        }

        // Its last state says how it ended.
        Set(s => s with { State = s.State is EngineState.Errored or EngineState.AwaitFormat ? s.State : EngineState.Stopped, ProcessId = 0, RestartAt = null });
    }

    // Null: it waits until something is asked of it, and its state says why. Storage is held until the process holds it.
    private async Task<(Superblock Superblock, IEngineProcess Process)?> OpenAndLaunchAsync()
    {
        await _storage.WaitAsync().ConfigureAwait(false);
        try
        {
            Superblock? superblock = await OpenAsync().ConfigureAwait(false);
            if (superblock is null)
            {
                return null;
            }

            uint rank = await _options.Membership.RankOfAsync(_options.Index, superblock, CancellationToken.None).ConfigureAwait(false);
            return Launch(superblock, rank) is { } process ? (superblock, process) : null;
        }
        catch (Exception exception) when (exception is StorageException or EngineLaunchException or IOException or UnauthorizedAccessException)
        {
            Set(s => s with { State = EngineState.Errored, Message = exception.Message });
            _options.Log.Error("engine cannot start", ("engine", _options.Index), ("why", exception.Message));
            return null;
        }
        finally
        {
            _storage.Release();
        }
    }

    private async Task<Superblock?> OpenAsync()
    {
        Superblock? superblock = await _options.Storage.OpenAsync(CancellationToken.None).ConfigureAwait(false);
        if (superblock is null && _options.AutoFormat)
        {
            superblock = await FormatLockedAsync(isForced: false).ConfigureAwait(false);
        }

        if (superblock is null)
        {
            Set(static s => s with { State = EngineState.AwaitFormat, Message = "its storage is not formatted; 'daos_server storage format' formats it" });
            _options.Log.Notice("engine waits for its storage to be formatted", ("engine", _options.Index), ("event", "engine_format_required"));
        }

        return superblock;
    }

    private IEngineProcess? Launch(Superblock superblock, uint rank)
    {
        lock (_lock)
        {
            if (!_mayRun || _isEnding)
            {
                return null;
            }

            Change(_now with { State = EngineState.Starting, Message = "", Uuid = superblock.Uuid, Rank = rank, RestartAt = null });
            _process = _options.Launcher.Launch(_options.LaunchOf(rank));
            _ended = NewSignal();
            Change(_now with { ProcessId = _process.Id });
            _options.Log.Info("engine started", ("engine", _options.Index), ("rank", rank), ("pid", _process.Id));
            return _process;
        }
    }

    private async Task<EngineExit> ServeAsync(Superblock superblock, IEngineProcess process)
    {
        if (await process.Ready.ConfigureAwait(false) is { } ready)
        {
            await TakeInAsync(superblock, ready).ConfigureAwait(false);
        }

        EngineExit exit = await process.Exited.ConfigureAwait(false);
        Ended(exit);
        return exit;
    }

    private async Task TakeInAsync(Superblock superblock, EngineReady ready)
    {
        lock (_lock)
        {
            _hasServed = true;
            if (_now.State != EngineState.Starting)
            {
                return;
            }

            Change(_now with { State = EngineState.Ready, Uris = ready.Uris });
        }

        await _options.Membership.JoinAsync(Snapshot, CancellationToken.None).ConfigureAwait(false);
        if (superblock.Rank != ready.Rank)
        {
            _options.Storage.SetRank(superblock, ready.Rank);
        }

        lock (_lock)
        {
            if (_now.State == EngineState.Ready)
            {
                Change(_now with { State = EngineState.Joined });
            }
        }

        _options.Log.Info("engine serves", ("engine", _options.Index), ("rank", ready.Rank), ("uri", string.Join(' ', ready.Uris)));
    }

    private void Ended(EngineExit exit)
    {
        bool wasAsked;
        TaskCompletionSource ended;
        lock (_lock)
        {
            _process = null;
            ended = _ended;
            _askedSinceDeath = _asked.Task;
            wasAsked = _now.State == EngineState.Stopping;
            Change(_now with
            {
                State = wasAsked ? EngineState.Stopped : EngineState.Errored,
                Message = wasAsked && exit.Code == 0 ? "" : exit.Describe(),
                ProcessId = 0,
                Uris = [],
            });
        }

        ended.SetResult();
        if (wasAsked)
        {
            _options.Log.Info("engine stopped", ("engine", _options.Index), ("code", exit.Code));
        }
        else
        {
            _options.Log.Error("engine died", ("engine", _options.Index), ("event", "engine_died"), ("why", exit.Describe()));
        }
    }

    private async Task WaitForRestartAsync(EngineExit exit)
    {
        Task asked = _askedSinceDeath;
        // What never served would not serve the next time either, and a wrong configuration stays wrong.
        if (!_options.Restarts || !_hasServed || exit.Code == EngineExit.Usage)
        {
            await asked.ConfigureAwait(false);
            return;
        }

        DateTimeOffset next = _limiter.Next;
        TimeSpan wait = next - _options.Time.GetUtcNow();
        if (wait > TimeSpan.Zero)
        {
            // The time runs before anybody hears of it: a clock that is moved then moves it too.
            using var cancel = new CancellationTokenSource();
            Task over = Task.Delay(wait, _options.Time, cancel.Token);
            Set(s => s with { RestartAt = next });
            _options.Log.Notice("restart of the engine is put off", ("engine", _options.Index), ("until", next.ToString("O", CultureInfo.InvariantCulture)));
            await Task.WhenAny(over, asked).ConfigureAwait(false);
            await cancel.CancelAsync().ConfigureAwait(false);
        }

        if (MayRun && !IsEnding)
        {
            _limiter.Count();
            Set(static s => s with { Restarts = s.Restarts + 1, RestartAt = null });
            _options.Log.Notice("engine is started again", ("engine", _options.Index));
        }
    }

    private void Set(Func<EngineSnapshot, EngineSnapshot> change)
    {
        lock (_lock)
        {
            Change(change(_now));
        }
    }

    // Under the lock.
    private void Change(EngineSnapshot next)
    {
        if (!EngineStates.MayFollow(_now.State, next.State))
        {
            throw new InvalidOperationException($"engine {next.Index}: {next.State} may not follow {_now.State}");
        }

        bool isNew = next.State != _now.State || next.Message != _now.Message;
        _now = isNew ? next with { Since = _options.Time.GetUtcNow() } : next;
        _options.Changed(_now);
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
