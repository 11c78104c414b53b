using System.Diagnostics;
using Daos.Fabric.Mgmt.Logging;
using Daos.Fabric.Mgmt.Native;

namespace Daos.Fabric.Mgmt.Engines;

/// <summary>A started <c>daos_engine</c>: reads what it writes, and notices its end. Any thread.</summary>
internal sealed class EngineProcess : IEngineProcess
{
    private readonly Process _process;
    private readonly int _index;
    private readonly ServerLog _log;
    private readonly TextWriter? _file;
    private readonly TaskCompletionSource<EngineReady?> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private string _lastWords = "";

    /// <summary>Takes a started process, and a file for its lines or null for the log.</summary>
    internal EngineProcess(Process process, int index, TextWriter? file, ServerLog log)
    {
        _process = process;
        _index = index;
        _file = file;
        _log = log;
        Id = process.Id;
        Exited = WatchAsync();
    }

    public int Id { get; }

    public Task<EngineReady?> Ready => _ready.Task;

    public Task<EngineExit> Exited { get; }

    public void Terminate()
    {
        lock (_lock)
        {
            // Not after it was reaped: its number may be another process's.
            if (!Exited.IsCompleted && !_process.HasExited)
            {
                Signals.SendTerminate(Id);
            }
        }
    }

    public void Kill()
    {
        lock (_lock)
        {
            if (!Exited.IsCompleted && !_process.HasExited)
            {
                _process.Kill();
            }
        }
    }

    private async Task<EngineExit> WatchAsync()
    {
        await Task.WhenAll(ReadAsync(_process.StandardOutput), ReadAsync(_process.StandardError)).ConfigureAwait(false);
        await _process.WaitForExitAsync().ConfigureAwait(false);
        _ready.TrySetResult(null);
        lock (_lock)
        {
            _file?.Dispose();
            return new EngineExit(_process.ExitCode, _lastWords);
        }
    }

    private async Task ReadAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            if (EngineReady.Parse(line) is { } ready && ReferenceEquals(reader, _process.StandardOutput))
            {
                _ready.TrySetResult(ready);
            }

            lock (_lock)
            {
                _lastWords = line;
                _file?.WriteLine(line);
            }

            if (_file is null)
            {
                _log.Info(line, ("engine", _index));
            }
        }
    }
}
