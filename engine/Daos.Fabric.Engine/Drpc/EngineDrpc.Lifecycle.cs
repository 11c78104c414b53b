using Daos.Fabric.Metadata;
using Daos.Fabric.Metadata.Remote;
using Daos.Fabric.Metadata.Sessions;
using Daos.Fabric.Protocol.Drpc;
using Daos.Fabric.Protocol.Drpc.Messages;
using Daos.Fabric.Protocol.Drpc.Sockets;

namespace Daos.Fabric.Engine.Drpc;

/// <summary>
/// The engine's dRPC: it takes calls of its daos_server and makes calls to it. Runs on the thread pool and on the runtime's own sockets, and hands every
/// method to the system xstream: the reactor receives streams into small shared buffers, where a packet of up to 128 KiB would be cut, and calls are too
/// rare to be worth a socket type of its own in four reactors. Started and stopped by one foreign thread.
/// </summary>
public sealed class EngineDrpc : IAsyncDisposable
{
    private readonly EngineServer _engine;
    private readonly EngineDrpcOptions _options;
    private readonly DrpcClient _client;
    private readonly CancellationTokenSource _ended = new();
    private DrpcListener? _listener;
    private Task _running = Task.CompletedTask;

    /// <param name="engine">Started before <see cref="Start"/>, and stopped after this is disposed.</param>
    /// <param name="options">Where and how.</param>
    /// <param name="environment">The engine's: clock and randomness of the metadata's session.</param>
    public EngineDrpc(EngineServer engine, EngineDrpcOptions options, EngineEnvironment environment)
    {
        _engine = engine;
        _options = options;
        _client = new DrpcClient(options.ServerSocket);
        Metadata = new SessionStore(
            new RemoteMetadataStore(new DrpcMetadataWire(_client).CarryAsync, new RemoteMetadataOptions { Random = environment.Random.Fork(), Delay = options.Delay }),
            new SessionOptions { Clock = environment.Clock, Random = environment.Random.Fork(), Delay = options.Delay });
    }

    /// <summary>The system's metadata, through daos_server; each transaction happens once. Any thread, until this is disposed.</summary>
    public IMetadataStore Metadata { get; }

    /// <summary>Takes calls from now on. Throws <see cref="DaosException"/> when the socket cannot be made.</summary>
    public void Start()
    {
        var dispatcher = new DrpcDispatcher([new ManagementModule(_engine)], _engine.Context.Log);
        _listener = new DrpcListener(DrpcSocketFile.Listen(_options.ListenerSocket), dispatcher, _options.Delay, _engine.Context.Log);
        _running = RunAsync(_listener);
    }

    /// <summary>
    /// Tells daos_server that the engine listens, and tries again for a while when it is not there. DER_UNREACH, DER_NOREPLY or what it says; DER_CANCELED.
    /// </summary>
    public async Task<DerCode> NotifyReadyAsync(CancellationToken cancel)
    {
        byte[] body = Describe().Write();
        long pauses = _options.NotifyMs / _options.NotifyPauseMs;
        while (true)
        {
            DerCode code = await TryNotifyAsync(body, cancel).ConfigureAwait(false);
            if (cancel.IsCancellationRequested)
            {
                return DerCode.Canceled;
            }

            // Told twice is told once: daos_server knows the engine by its place and incarnation.
            bool isPassing = code == DerCode.Unreachable || code == DerCode.NoReply || code == DerCode.Busy;
            if (!isPassing || pauses-- <= 0)
            {
                return code;
            }

            await PauseAsync(_options.NotifyPauseMs, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Takes and makes no more calls, waits for those under way, and removes the socket.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_ended.IsCancellationRequested)
        {
            return;
        }

        await _ended.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        if (_listener is not null)
        {
            DrpcSocketFile.Remove(_options.ListenerSocket);
            await _listener.DisposeAsync().ConfigureAwait(false);
        }

        await Metadata.DisposeAsync().ConfigureAwait(false);
        await _client.DisposeAsync().ConfigureAwait(false);
    }

    private NotifyReadyRequest Describe()
    {
        EngineEndpoint[] primary = [.. _engine.Endpoints.Where(static e => e.Tag == 0)];
        uint contexts = (uint)_engine.Context.Xstreams.SelectMany(static x => x.Tags).Distinct().Count();
        return new NotifyReadyRequest(
            primary.Length == 0 ? "" : primary[0].Uri.ToString(),
            contexts,
            _options.ListenerSocket,
            _options.InstanceIndex,
            (uint)_engine.TargetCount,
            _engine.Incarnation,
            [.. primary.Skip(1).Select(static e => e.Uri.ToString())],
            [.. primary.Skip(1).Select(_ => contexts)]);
    }

    private async Task<DerCode> TryNotifyAsync(byte[] body, CancellationToken cancel)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        Task<DerResult<DrpcResponse>> call = _client.CallAsync(DrpcModules.Server, DrpcMethods.NotifyReady, body, over.Token);
        await Task.WhenAny(call, _options.Delay(_options.NotifyTryMs * 1_000_000L, over.Token)).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        DerResult<DrpcResponse> response = await call.ConfigureAwait(false);

        // DAOS's has no code in its answer.
        return response.IsSuccess ? DrpcClient.CodeOf(response.Value.Status) : response.Code;
    }

    private async Task PauseAsync(int pauseMs, CancellationToken cancel)
    {
        try
        {
            await _options.Delay(pauseMs * 1_000_000L, cancel).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Looked at by the caller.
        }
    }

    private async Task RunAsync(DrpcListener listener)
    {
        DerCode code = await listener.RunAsync(_ended.Token).ConfigureAwait(false);
        if (!_ended.IsCancellationRequested)
        {
            _engine.Context.Log($"dRPC: {_options.ListenerSocket} takes no calls any more ({code.Text}): daos_server cannot reach this engine. It goes on serving; restart it");
        }
    }
}
