using Daos.Fabric.Client.Contexts;
using Daos.Fabric.Client.Memory;
using Daos.Fabric.Client.Operations;
using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Core.Randomness;
using Daos.Fabric.Transport;
using Daos.Fabric.Transport.Sockets;

namespace Daos.Fabric.Client;

/// <summary>Starting and ending a client of its own thread.</summary>
public sealed partial class DaosSystem
{
    /// <summary>Connects to an engine: <c>tcp://host:port</c> or <c>unix:///path</c>, or what a provider in the options knows.</summary>
    /// <param name="address">The engine's primary address.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="DaosException">
    /// DER_NOSYS when the reactor that DAOS_REACTOR asks for cannot be had, DER_INVAL for an address or a certificate file that nobody can read, DER_NONEXIST for a host name that nobody knows, DER_UNREACH, DER_TIMEDOUT, DER_NO_PERM when client and engine do
    /// not agree on TLS; the message says why.
    /// </exception>
    public static async ValueTask<DaosSystem> ConnectAsync(
        string address,
        DaosClientOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        if (!TransportUri.TryParse(address, out TransportUri? uri, out string? error))
        {
            throw new DaosException(DerCode.Invalid, "connect", address, error);
        }

        options ??= new DaosClientOptions();
        options.Validate();
        options.Tls?.Check();
        cancellationToken.ThrowIfCancellationRequested();
        IReadOnlyList<TransportUri> addresses = await HostNames.ResolveAsync(uri, cancellationToken).ConfigureAwait(false);
        var random = new SeededRandom(options.Seed ?? SystemEntropy.Seed());
        var loop = new OwnerLoop("daos-client", CreateReactor(options, address), LoopOptionsOf(options));
        ShareableRegion? region = Share(options);
        var blocks = new NativeBlockPool(options.LargeBufferBytesMax, region);
        var context = new ClientContext(loop, options, [.. options.Providers, new SocketsProvider { Tls = options.Tls }], random, blocks);
        var thread = new OwnerLoopThread(loop);
        thread.Start();
        var system = new DaosSystem([context], static _ => 0, blocks, () => CloseAsync(context, thread, options, region));
        DerCode code = DerCode.Canceled;
        string detail = "Is an engine running there?";
        try
        {
            // A name may stand for several addresses: the first one where somebody answers.
            for (int i = 0; i < addresses.Count && (i == 0 || code == DerCode.Unreachable || code == DerCode.TimedOut); i++)
            {
                TransportUri numeric = addresses[i];
                code = await PostedCall.RunAsync(loop, () => context.ConnectAsync(numeric)).WaitAsync(cancellationToken).ConfigureAwait(false);
            }

            detail = context.Rpc.LastConnectFailure is { Length: > 0 } reason ? $"{reason}." : detail;
        }
        finally
        {
            if (code.IsError)
            {
                await system.DisposeAsync().ConfigureAwait(false);
            }
        }

        Errors.Throw.IfError(code, "connect", address, detail, cancellationToken);
        return system;
    }

    private static Reactor.Reactor CreateReactor(DaosClientOptions options, string address)
    {
        try
        {
            return ReactorFactory.Create(clock: options.Clock);
        }
        catch (ReactorUnavailableException exception)
        {
            throw new DaosException(DerCode.NoSys, "connect", address, exception.Message);
        }
    }

    // On a single core a spinning thread only keeps the application from making the next call.
    private static OwnerLoopOptions LoopOptionsOf(DaosClientOptions options) => new()
    {
        Polling = Environment.ProcessorCount > 1 ? options.Polling : PollingPolicy.Sleep,
        SpinNs = options.SpinNs,
    };

    // Providers that the application added may let an engine on this machine map the client's memory.
    private static ShareableRegion? Share(DaosClientOptions options)
    {
        long bytes = NativeBlockPool.RegionBytes(options.LargeBufferBytesMax);
        ShareableRegion? region = options.Providers.Count > 0 ? ShareableRegion.TryCreate(bytes) : null;
        foreach (TransportProvider provider in options.Providers)
        {
            if (region is not null)
            {
                provider.Share(region);
            }
        }

        return region;
    }

    private static async ValueTask CloseAsync(ClientContext context, OwnerLoopThread thread, DaosClientOptions options, ShareableRegion? region)
    {
        await PostedCall.RunAsync(context.Loop, () => context.CloseAsync()).ConfigureAwait(false);
        thread.StopAndJoin();
        context.Loop.Reactor.Dispose();
        foreach (TransportProvider provider in options.Providers)
        {
            if (region is not null)
            {
                provider.Unshare(region);
            }
        }
    }
}
