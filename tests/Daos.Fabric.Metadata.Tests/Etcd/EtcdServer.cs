using Daos.Fabric.Metadata.Etcd;

namespace Daos.Fabric.Metadata.Tests.Etcd;

/// <summary>A cluster of one member on this machine, for one test or for those of a class.</summary>
public sealed class EtcdServer : IAsyncLifetime
{
    private const int TriesMax = 5;

    private readonly string _directory = EtcdProcess.NewDirectory();
    private EtcdProcess? _process;

    internal Uri Endpoint { get; private set; } = null!;

    internal static void Require() => Assert.SkipWhen(EtcdProcess.WhyNot.Length > 0, EtcdProcess.WhyNot);

    /// <summary>One with arguments of its own, which the caller disposes.</summary>
    internal static async Task<EtcdServer> StartAsync(string scheme, params string[] arguments)
    {
        var server = new EtcdServer();
        await server.BeginAsync(scheme, arguments);
        return server;
    }

    public async ValueTask InitializeAsync()
    {
        if (EtcdProcess.WhyNot.Length == 0)
        {
            await BeginAsync("http", []);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        Directory.Delete(_directory, recursive: true);
    }

    internal EtcdOptions Options(string prefix = "/test/") => new()
    {
        Endpoints = [Endpoint],
        Prefix = prefix,
        RequestTimeoutMs = 20_000,
        DeadlineMs = 60_000,
    };

    private async Task BeginAsync(string scheme, string[] arguments)
    {
        // A port may be taken between its choice and its use: then etcd ends, and another is tried.
        for (int tries = 0; tries < TriesMax; tries++)
        {
            Endpoint = new Uri($"{scheme}://127.0.0.1:{EtcdProcess.FreePort()}");
            string peer = $"http://127.0.0.1:{EtcdProcess.FreePort()}";
            _process = new EtcdProcess(
            [
                "etcd", "--name", "one", "--data-dir", Path.Combine(_directory, $"data-{tries}"),
                "--listen-client-urls", Endpoint.OriginalString, "--advertise-client-urls", Endpoint.OriginalString,
                "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", $"one={peer}", .. arguments,
            ]);
            _process.Start();
            if (await _process.ReadyAsync())
            {
                return;
            }
        }

        Assert.Fail($"etcd does not start: {_process!.Said}");
    }
}
