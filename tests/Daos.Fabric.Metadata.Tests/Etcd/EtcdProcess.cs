using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Daos.Fabric.Metadata.Tests.Etcd;

/// <summary>One etcd of the machine. Its arguments say where it listens; it may be killed and started again on its directory.</summary>
internal sealed class EtcdProcess : IAsyncDisposable
{
    private const string ReadyLine = "ready to serve client requests";
    private const int LastLines = 200;
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    private readonly string[] _command;
    private readonly Action<string>? _hears;
    private readonly Queue<string> _said = new();
    private Process? _process;
    private TaskCompletionSource<bool> _ready = new();

    /// <param name="command">Program and arguments.</param>
    /// <param name="hears">Told every line of its log, on a thread of the pool.</param>
    internal EtcdProcess(string[] command, Action<string>? hears = null)
    {
        _command = command;
        _hears = hears;
    }

    internal static string WhyNot { get; } = FindWhyNot();

    /// <summary>A directory that the machine's disk holds, not its memory.</summary>
    internal static string NewDirectory()
    {
        string path = Path.Combine(AppContext.BaseDirectory, $"etcd-{Environment.ProcessId}-{Guid.NewGuid():N}");
        Directory.CreateDirectory(path);
        return path;
    }

    /// <summary>A port that nobody listens on.</summary>
    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    internal void Start()
    {
        var start = new ProcessStartInfo(_command[0], _command[1..]) { RedirectStandardError = true, RedirectStandardOutput = true };
        var ready = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        process.ErrorDataReceived += (_, line) => Hear(line.Data, ready);
        process.OutputDataReceived += (_, line) => Hear(line.Data, ready);
        process.Exited += (_, _) => ready.TrySetResult(false);
        _ready = ready;
        _process = process;
        process.Start();
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
    }

    /// <summary>Waits until it says that it serves (which takes a leader), or ends: false.</summary>
    internal Task<bool> ReadyAsync() => _ready.Task.WaitAsync(s_limit);

    /// <summary>Waits for its end by itself; what it said last.</summary>
    internal async Task<string> EndedAsync()
    {
        using var limit = new CancellationTokenSource(s_limit);
        await _process!.WaitForExitAsync(limit.Token);
        return Said;
    }

    /// <summary>What it said last.</summary>
    internal string Said
    {
        get
        {
            lock (_said)
            {
                return string.Join('\n', _said);
            }
        }
    }

    internal async Task KillAsync()
    {
        if (_process is { } process)
        {
            _process = null;
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }

    public async ValueTask DisposeAsync() => await KillAsync();

    private void Hear(string? line, TaskCompletionSource<bool> ready)
    {
        if (line is null)
        {
            return;
        }

        lock (_said)
        {
            _said.Enqueue(line);
            while (_said.Count > LastLines)
            {
                _said.Dequeue();
            }
        }

        _hears?.Invoke(line);
        if (line.Contains(ReadyLine, StringComparison.Ordinal))
        {
            ready.TrySetResult(true);
        }
    }

    private static string FindWhyNot()
    {
        try
        {
            using Process probe = Process.Start(new ProcessStartInfo("etcd", "--version") { RedirectStandardOutput = true })!;
            probe.StandardOutput.ReadToEnd();
            probe.WaitForExit();
            return "";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "etcd is missing; it is in the package etcd-server";
        }
    }
}
