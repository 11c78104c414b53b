using Daos.Fabric.Client;
using Daos.Fabric.Client.Contexts;
using Daos.Fabric.Client.Sessions;
using Daos.Fabric.Rpc.Services;
using Daos.Fabric.Transport.Sockets;

namespace Daos.Fabric.TestKit.Faults;

/// <summary>
/// A client with a thread of its own that reaches an engine with one target by addresses of the test's choice, those of proxies usually:
/// left alone, a client goes straight to the address that the engine gives. Any thread.
/// </summary>
public sealed class ProxiedClient : IAsyncDisposable
{
    private readonly Reactor.Reactor _reactor;
    private readonly OwnerLoop _loop;
    private readonly OwnerLoopThread _thread;
    private readonly ClientContext _context;

    private ProxiedClient(DaosClientOptions options, ulong seed)
    {
        _reactor = ReactorFactory.Create();
        _loop = new OwnerLoop("proxied client", _reactor, new OwnerLoopOptions());
        _context = new ClientContext(_loop, options, [new SocketsProvider()], new SeededRandom(seed));
        _thread = new OwnerLoopThread(_loop);
        _thread.Start();
    }

    /// <summary>The container that every client of one engine shares.</summary>
    public ContainerSession Container { get; private set; } = null!;

    /// <summary>Attempts that were made again under the same number.</summary>
    public long Resends => _context.Statistics.Resends;

    /// <summary>Connects.</summary>
    /// <param name="system">Where the engine's tag 0 is reached.</param>
    /// <param name="target">Where its target is reached; null for the address that it gives.</param>
    /// <param name="creates">True for the first client, which creates pool and container.</param>
    /// <param name="seed">The client's identity and keys.</param>
    /// <param name="options">Time-outs.</param>
    public static async Task<ProxiedClient> ConnectAsync(TransportUri system, TransportUri? target, bool creates, ulong seed, DaosClientOptions options)
    {
        var client = new ProxiedClient(options, seed);
        await client.RunAsync(() => client.OpenAsync(system, target, creates)).ConfigureAwait(false);
        return client;
    }

    /// <summary>Where the engine says that its target is.</summary>
    public Task<TransportUri> FindTargetAsync(TransportUri system) => RunAsync(async () =>
    {
        DerResult<TransportUri> found = await InternalCalls.LookupUriAsync(
            _context.Rpc.EndpointOf(system, Tags.System).Value, new Rank(0), Tags.OfTarget(0), _loop.NowNs + 10_000_000_000);
        Check(found.Code);
        return found.Value;
    });

    /// <summary>Runs work as a ULT of the client's loop and gives its result to any thread.</summary>
    public Task<T> RunAsync<T>(Func<ValueTask<T>> work)
    {
        var posted = new Posted<T>(_loop, work);
        return _loop.TryPost(posted) ? posted.Task : throw new InvalidOperationException("the client's inbox is full");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await RunAsync(_context.CloseAsync).ConfigureAwait(false);
        _thread.StopAndJoin();
        _reactor.Dispose();
    }

    private static void Check(DerCode code)
    {
        if (code.IsError)
        {
            throw new DaosException(code, "proxied client");
        }
    }

    private async ValueTask<bool> OpenAsync(TransportUri system, TransportUri? target, bool creates)
    {
        Check(await Again(() => _context.ConnectAsync(system)));
        if (target is not null)
        {
            Check(_context.AddTarget(0, Tags.OfTarget(0), target));
        }

        if (creates)
        {
            Check(await _context.CreatePoolAsync("pool"));
        }

        PoolSession pool = (await _context.ConnectPoolAsync("pool")).Value;
        if (creates)
        {
            Check(await pool.CreateContainerAsync("container"));
        }

        Container = (await pool.OpenContainerAsync("container")).Value;
        return true;
    }

    // Connecting is not retried by the client itself, and a proxy may end any connection.
    private static async ValueTask<DerCode> Again(Func<ValueTask<DerCode>> work)
    {
        DerCode code = default;
        for (int attempt = 0; attempt < 20; attempt++)
        {
            code = await work();
            if (code.IsSuccess)
            {
                break;
            }
        }

        return code;
    }

    private sealed class Posted<T>(OwnerLoop loop, Func<ValueTask<T>> work) : WorkItem
    {
        private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal Task<T> Task => _done.Task;

        protected internal override void Execute() => loop.Spawn(RunAsync());

        private async ValueTask RunAsync()
        {
            try
            {
                _done.SetResult(await work());
            }
            catch (Exception exception)
            {
                _done.SetException(exception);
            }
        }
    }
}
