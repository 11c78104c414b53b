using System.Diagnostics;
using System.Threading.Channels;
using Daos.Fabric.Mgmt.Native;

namespace Daos.Fabric.Mgmt.Tests.Support;

/// <summary>A real daos_server with real engines; gone after the test, whatever happened.</summary>
internal sealed class ServerRun : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly Task _reading;
    private readonly Channel<bool> _news = Channel.CreateUnbounded<bool>();
    private readonly List<string> _lines = [];

    private ServerRun(Process process)
    {
        _process = process;
        _reading = ReadAsync();
    }

    /// <summary>What was built beside these tests.</summary>
    private static string Built(string project, string name)
    {
        string here = AppContext.BaseDirectory.TrimEnd('/');
        string root = Path.GetFullPath($"{here}/../../../../..");
        return $"{root}/{project}/bin/{Path.GetFileName(Path.GetDirectoryName(here))}/{Path.GetFileName(here)}/{name}";
    }

    internal static ServerRun Start(string config, params string[] more)
    {
        var start = new ProcessStartInfo(Built("mgmt/Daos.Fabric.Mgmt", "daos_server"), ["start", "-o", config, .. more]) { RedirectStandardError = true };
        start.Environment["DAOS_ENGINE"] = Built("engine/Daos.Fabric.Engine.Host", "daos_engine");
        return new ServerRun(Process.Start(start)!);
    }

    /// <summary>What a start says that ends with 1.</summary>
    internal static async Task<string> FailAsync(string config)
    {
        await using ServerRun run = Start(config);
        await run._process.WaitForExitAsync().WaitAsync(s_patience);
        await run._reading.WaitAsync(s_patience);
        Assert.Equal(ExitCode.Failed, run._process.ExitCode);
        return string.Join('\n', run._lines);
    }

    /// <summary>The line that contains a text for the given time, once it is there.</summary>
    internal async Task<string> LineAsync(string part, int times = 1)
    {
        while (true)
        {
            lock (_lines)
            {
                if (_lines.Where(l => l.Contains(part, StringComparison.Ordinal)).Skip(times - 1).FirstOrDefault() is { } found)
                {
                    return found;
                }
            }

            using var patience = new CancellationTokenSource(s_patience);
            try
            {
                await _news.Reader.ReadAsync(patience.Token);
            }
            catch (Exception exception) when (exception is OperationCanceledException or ChannelClosedException)
            {
                lock (_lines)
                {
                    Assert.Fail($"no line '{part}' came:\n{string.Join('\n', _lines)}");
                }
            }
        }
    }

    /// <summary>Ends it as a service manager does; the exit code.</summary>
    internal async Task<int> TerminateAsync()
    {
        Assert.True(Signals.SendTerminate(_process.Id));
        await _process.WaitForExitAsync().WaitAsync(s_patience);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync();
        await _reading.WaitAsync(s_patience);
        _process.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            lock (_lines)
            {
                _lines.Add(line);
            }

            _news.Writer.TryWrite(true);
        }

        _news.Writer.Complete();
    }
}
