using Daos.Fabric.Bench.Options;
using Daos.Fabric.Client;
using Daos.Fabric.Client.Contexts;
using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Reactor;
using Daos.Fabric.Rpc.Requests;
using Daos.Fabric.Rpc.Services;
using Daos.Fabric.Transport;
using Daos.Fabric.Transport.Loopback;
using Daos.Fabric.Transport.Ofi;
using Daos.Fabric.Transport.SharedMemory;
using Daos.Fabric.Transport.Sockets;

namespace Daos.Fabric.Bench.Engines;

/// <summary>A client context on the job's own loop, connected to an engine. Owned by the job's thread.</summary>
internal sealed class RemoteClient : IDisposable
{
    /// <summary>The pool that all jobs of all runs share; it is created on demand.</summary>
    internal const string PoolName = "dfio";

    private readonly IReadOnlyList<TransportUri> _addresses;
    private TransportUri _uri;
    private bool _isFound;
    private readonly TransportProvider[] _providers;
    private readonly LoopbackServer? _server;
    private ShareableRegion? _region;

    internal RemoteClient(JobOptions options, OwnerLoop loop)
    {
        string text = options.Uri ?? throw new OptionException($"ioengine={options.Engine} needs uri=tcp://host:port, uri=unix:///path or uri=shm://name");
        if (!TransportUri.TryParse(text, out TransportUri? uri, out string? error))
        {
            throw new OptionException($"uri={text}: {error}");
        }

        if (OfiProvider.IsScheme(uri.Scheme) && !OfiProvider.IsAvailable(out string reason))
        {
            throw new OptionException($"uri={text}: {reason}");
        }

        _addresses = HostNames.Resolve(uri);
        _uri = _addresses[0];
        var client = new DaosClientOptions { CreditsPerTarget = Math.Max(256, options.Depth) };
        var sockets = new SocketsProvider { Tls = options.Tls };
        if (uri.Scheme == LoopbackProvider.Scheme)
        {
            _server = new LoopbackServer(uri, options);
            _providers = [new LoopbackProvider(_server.Hub)];
            Context = new ClientContext(loop, client, _providers, new SeededRandom(SystemEntropy.Seed()));
            return;
        }

        _providers = OperatingSystem.IsLinux() && SharedMemoryProvider.IsAvailable
            ? [sockets, new SharedMemoryProvider(), new OfiProvider()]
            : [sockets, new OfiProvider()];
        Context = new ClientContext(loop, client, _providers, new SeededRandom(SystemEntropy.Seed()));
    }

    internal ClientContext Context { get; }

    internal TransportUri Uri => _uri;

    internal long DeadlineNs => Context.Loop.NowNs + TimeoutNs;

    private const long TimeoutNs = 30_000_000_000;

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    internal async ValueTask ConnectAsync()
    {
        await FindAsync();
        DerCode code = await Context.ConnectAsync(_uri);
        if (code.IsError)
        {
            throw new DaosException(code, "connect", _uri.ToString(), Context.Rpc.LastConnectFailure is { Length: > 0 } reason ? $"{reason}." : "Is daos_engine running and listening there?");
        }
    }

    /// <summary>The endpoint of a tag, for calls below the object level.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal async ValueTask<RpcEndpoint> EndpointAsync(ushort tag)
    {
        await FindAsync();
        DerResult<RpcEndpoint> endpoint = await Context.Rpc.ConnectAsync(_uri, tag, DeadlineNs);
        return endpoint.IsSuccess ? endpoint.Value : throw new DaosException(endpoint.Code, "connect", _uri.ToString());
    }

    // A name may stand for several addresses: the first one where somebody answers is kept.
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask FindAsync()
    {
        for (int i = 0; i < _addresses.Count && _addresses.Count > 1 && !_isFound; i++)
        {
            _uri = _addresses[i];
            _isFound = (await Context.Rpc.ConnectAsync(_uri, 0, DeadlineNs)).IsSuccess;
        }
    }

    /// <summary>What the engine said of its connections when it was asked last.</summary>
    internal EngineConnections Connections { get; private set; } = EngineConnections.Unknown;

    /// <summary>Managed bytes allocated so far by the engine's owner threads.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal async ValueTask<long> EngineAllocatedBytesAsync()
    {
        RpcEndpoint endpoint = await EndpointAsync(0);
        DerResult<ProcessStatisticsReply> reply = await InternalCalls.QueryStatisticsAsync(endpoint, DeadlineNs);
        if (!reply.IsSuccess || reply.Value.Missing > 0)
        {
            throw new DaosException(reply.IsSuccess ? DerCode.TimedOut : reply.Code, "engine statistics", _uri.ToString());
        }

        Connections = new EngineConnections(reply.Value.Connections, reply.Value.ConnectionBytes, reply.Value.ConnectionBytesMax);
        return reply.Value.AllocatedBytes;
    }

    /// <summary>Memory for a job's buffers that an engine on this machine may map; null where there is none. Lives as long as this.</summary>
    internal ShareableRegion? MakeRegion(long lengthBytes)
    {
        _region = _uri.Scheme == "shm" ? ShareableRegion.TryCreate(lengthBytes) : null;
        if (_region is not null)
        {
            Array.ForEach(_providers, p => p.Share(_region));
        }

        return _region;
    }

    /// <summary>A mark of an engine in another process, for jobs whose thread owns the client.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal async ValueTask<AllocationMark> MarkAsync() => new(-1, await EngineAllocatedBytesAsync());

    public void Dispose()
    {
        Context.Dispose();
        _server?.Dispose();
        if (_region is not null)
        {
            Array.ForEach(_providers, p => p.Unshare(_region));
            _region.Dispose();
        }
    }
}
