using System.Diagnostics;
using Daos.Fabric.Transport.Ofi;

namespace Daos.Fabric.Transport.Tests.Ofi;

/// <summary>A process of tests/Daos.Fabric.Transport.Peer, to be killed.</summary>
internal sealed class OfiPeer : IDisposable
{
    private readonly Process _process;

    private OfiPeer(Process process, TransportUri address)
    {
        _process = process;
        Address = address;
    }

    internal TransportUri Address { get; }

    internal int ProcessId => _process.Id;

    internal static OfiPeer Start(string scheme)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "Daos.Fabric.Transport.Peer");
        var start = new ProcessStartInfo(program) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.ArgumentList.Add(OfiPair.Listening(scheme));
        Process process = Process.Start(start)!;
        string line = process.StandardOutput.ReadLine() ?? "nothing";
        Assert.True(line.StartsWith("ofi+", StringComparison.Ordinal), $"the peer said {line}");
        return new OfiPeer(process, TransportUri.Parse(line));
    }

    /// <summary>Kills it and waits until it is gone.</summary>
    internal void KillAndWait()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    internal void Kill() => _process.Kill();

    /// <summary>Stops it: it lives and does nothing until it is killed.</summary>
    internal void Stop()
    {
        using Process stop = Process.Start("kill", ["-STOP", $"{_process.Id}"]);
        stop.WaitForExit();
        Assert.Equal(0, stop.ExitCode);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.WaitForExit();
        _process.Dispose();
        if (Address.Scheme == "ofi+shm")
        {
            // A listener that was killed leaves its name behind.
            File.Delete($"/dev/shm/{Address.Rest}");
        }
    }
}
