using Daos.Fabric.Engine.Drpc;
using Daos.Fabric.Metadata.Remote;
using Daos.Fabric.Mgmt.Drpc;
using Daos.Fabric.Protocol.Drpc.Messages;
using Daos.Fabric.Protocol.Drpc.Sockets;

namespace Daos.Fabric.Metadata.Tests.Remote;

/// <summary>A daos_server's part in this process, with an embedded store on real files, and an engine's way to it over a real socket.</summary>
internal sealed class DrpcSystem : IEngineNotices, IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("meta").FullName;
    private readonly DrpcClient _client;
    private MetadataThread? _store;
    private DrpcServer? _server;

    private DrpcSystem()
    {
        _client = new DrpcClient(Path.Combine(_directory, "daos_server.sock"));
        Store = new SessionStore(
            new RemoteMetadataStore(
                new DrpcMetadataWire(_client).CarryAsync,
                new RemoteMetadataOptions { Random = new SeededRandom(SystemEntropy.Seed()), Delay = Delay, PauseMs = 5, CallMs = 60_000 }),
            new SessionOptions { Clock = SystemClock.Instance, Random = new SeededRandom(SystemEntropy.Seed()), Delay = Delay, PauseMs = 5, DeadlineMs = 120_000, MarkerTtlMs = 400_000 });
    }

    /// <summary>The engine's store.</summary>
    internal SessionStore Store { get; }

    private static Func<long, CancellationToken, Task> Delay { get; } =
        static (delayNs, cancel) => Task.Delay(TimeSpan.FromMicroseconds(delayNs / 1000), cancel);

    public ValueTask<DerCode> ReadyAsync(NotifyReadyRequest ready, CancellationToken cancellation) => new(DerCode.Success);

    internal static async Task<DrpcSystem> StartAsync()
    {
        var made = new DrpcSystem();
        await made.OpenAsync();
        made.Serve();
        return made;
    }

    /// <summary>The server ends, with whatever is under way there, and comes back; its store stays open.</summary>
    internal async Task RestartServerAsync()
    {
        await _server!.DisposeAsync();
        Serve();
    }

    /// <summary>Server and store end and come back over the same files.</summary>
    internal async Task RestartAllAsync()
    {
        await _server!.DisposeAsync();
        await _store!.DisposeAsync();
        await OpenAsync();
        Serve();
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        await _client.DisposeAsync();
        await _server!.DisposeAsync();
        await _store!.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task OpenAsync() => _store = await MetadataThread.StartAsync(new EmbeddedMetadataOptions
    {
        Path = Path.Combine(_directory, "metadata"),
        Random = new SeededRandom(SystemEntropy.Seed()),
        LogBytes = 2 << 20,
        DataBytes = 16 << 20,
    });

    private void Serve() => _server = DrpcServer.Start(new DrpcServerOptions
    {
        SocketDirectory = _directory,
        Engines = this,
        Metadata = _store!.Store,
        Time = TimeProvider.System,
        Log = static _ => { },
    });
}
