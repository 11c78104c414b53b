using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Daos.Fabric.Metadata.Tests.Etcd;

/// <summary>One etcd of the machine. Its arguments say where it listens; it may be killed and started again on its directory.</summary>
internal sealed class EtcdProcess : IDisposable
{
    private readonly string[] _command;
    private Process? _process;

    private EtcdProcess(string[] command) => _command = command;

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

    internal static EtcdProcess Start(params string[] command)
    {
        var made = new EtcdProcess(command);
        made.Start();
        return made;
    }

    internal void Start()
    {
        var start = new ProcessStartInfo(_command[0], _command[1..]) { RedirectStandardError = true, RedirectStandardOutput = true };
        _process = Process.Start(start)!;

        // Nobody reads what it says; it must not fill the pipe.
        _process.ErrorDataReceived += (_, _) => { };
        _process.OutputDataReceived += (_, _) => { };
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
    }

    internal bool HasExited => _process is not { HasExited: false };

    internal void Kill()
    {
        _process!.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
        _process = null;
    }

    public void Dispose()
    {
        if (_process is not null)
        {
            Kill();
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
