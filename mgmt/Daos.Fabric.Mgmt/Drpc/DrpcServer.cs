using Daos.Fabric.Core.Errors;
using Daos.Fabric.Metadata;
using Daos.Fabric.Metadata.Remote;
using Daos.Fabric.Protocol.Drpc;
using Daos.Fabric.Protocol.Drpc.Sockets;

namespace Daos.Fabric.Mgmt.Drpc;

/// <summary>Takes the calls of this host's engines: that they are ready, and what they ask of the metadata. Started and disposed by one thread.</summary>
internal sealed class DrpcServer : IAsyncDisposable
{
    private readonly CancellationTokenSource _ended = new();
    private readonly DrpcListener _listener;
    private readonly MetadataService? _metadata;

    private DrpcServer(DrpcServerOptions options, string path)
    {
        Path = path;
        Func<long, CancellationToken, Task> delay = (delayNs, cancel) => Task.Delay(TimeSpan.FromMicroseconds(delayNs / 1000), options.Time, cancel);
        var modules = new List<IDrpcModule> { new ServerModule(options.SocketDirectory, options.Engines, options.Log) };
        if (options.Metadata is { } store)
        {
            _metadata = new MetadataService(store, delay);
            modules.Add(new MetadataModule(_metadata));
        }

        _listener = new DrpcListener(DrpcSocketFile.Listen(path), new DrpcDispatcher(modules, options.Log), delay, options.Log);
        Ended = _listener.RunAsync(_ended.Token);
    }

    /// <summary>The socket.</summary>
    internal string Path { get; }

    /// <summary>
    /// Ends when the socket failed, with the code why, or when this was disposed: DER_CANCELED. After a failure no engine can reach this process, and it
    /// had better end.
    /// </summary>
    internal Task<DerCode> Ended { get; }

    /// <summary>Listens in a directory that exists. Throws <see cref="DaosException"/> with a sentence: DER_BUSY when another daos_server does, DER_NO_PERM, DER_INVAL.</summary>
    internal static DrpcServer Start(DrpcServerOptions options) => new(options, System.IO.Path.Combine(options.SocketDirectory, DrpcPaths.ServerSocket));

    /// <summary>Waits for the calls under way and removes the socket. The store is not touched.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_ended.IsCancellationRequested)
        {
            return;
        }

        await _ended.CancelAsync().ConfigureAwait(false);
        await Ended.ConfigureAwait(false);
        DrpcSocketFile.Remove(Path);
        await _listener.DisposeAsync().ConfigureAwait(false);
        if (_metadata is not null)
        {
            await _metadata.DisposeAsync().ConfigureAwait(false);
        }
    }
}
