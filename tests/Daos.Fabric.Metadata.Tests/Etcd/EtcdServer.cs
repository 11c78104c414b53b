using Daos.Fabric.Metadata.Etcd;

namespace Daos.Fabric.Metadata.Tests.Etcd;

/// <summary>A cluster of one member on this machine, for the tests of one class.</summary>
public sealed class EtcdServer : IDisposable
{
    private readonly string _directory = EtcdProcess.NewDirectory();
    private readonly EtcdProcess? _process;

    public EtcdServer()
        : this("http")
    {
    }

    internal EtcdServer(string scheme, params string[] arguments)
    {
        // A port may be taken between its choice and its use: then etcd ends, and another is tried.
        for (int tries = 0; EtcdProcess.WhyNot.Length == 0 && tries < 5; tries++)
        {
            Endpoint = new Uri($"{scheme}://127.0.0.1:{EtcdProcess.FreePort()}");
            string peer = $"http://127.0.0.1:{EtcdProcess.FreePort()}";
            _process = EtcdProcess.Start(
            [
                "etcd", "--name", "one", "--data-dir", Path.Combine(_directory, $"data-{tries}"),
                "--listen-client-urls", Endpoint.OriginalString, "--advertise-client-urls", Endpoint.OriginalString,
                "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", $"one={peer}", .. arguments,
            ]);
            if (Answers())
            {
                return;
            }

            _process.Dispose();
        }
    }

    internal Uri Endpoint { get; } = null!;

    internal static void Require() => Assert.SkipWhen(EtcdProcess.WhyNot.Length > 0, EtcdProcess.WhyNot);

    public void Dispose()
    {
        _process?.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    // Until it listens, or ended.
    private bool Answers()
    {
        for (int tries = 0; tries < 1200 && !_process!.HasExited; tries++)
        {
            try
            {
                using var client = new System.Net.Sockets.TcpClient();
                client.Connect(Endpoint.Host, Endpoint.Port);
                return true;
            }
            catch (System.Net.Sockets.SocketException)
            {
                Thread.Sleep(50);
            }
        }

        return false;
    }
}
