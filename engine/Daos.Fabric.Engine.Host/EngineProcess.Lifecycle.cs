using System.Runtime.InteropServices;
using Daos.Fabric.Core.Randomness;
using Daos.Fabric.Core.Time;
using Daos.Fabric.Engine.Drpc;
using Daos.Fabric.Engine.Hosting;
using Daos.Fabric.Transport;
using Daos.Fabric.Transport.Ofi;
using Daos.Fabric.Transport.SharedMemory;
using Daos.Fabric.Transport.Sockets;
using Daos.Fabric.Transport.Sockets.Tls;

namespace Daos.Fabric.Engine.Host;

/// <summary>One engine in this process, from start until SIGTERM or SIGINT. Used by the main thread.</summary>
internal sealed class EngineProcess(EngineOptions options, TlsOptions? tls, EngineDrpcOptions? drpc) : IDisposable
{
    private readonly ManualResetEventSlim _end = new();
    private readonly CancellationTokenSource _ending = new();

    /// <summary>Serves until a signal; throws <see cref="DaosException"/> when the engine cannot start or had to stop.</summary>
    public void Run()
    {
        RequireLibraries(options);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, RequestEnd);
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, RequestEnd);
        tls?.Check();
        var environment = new EngineEnvironment
        {
            Providers = Providers(),
            Clock = SystemClock.Instance,
            Random = new SeededRandom(SystemEntropy.Seed()),
            Host = new ThreadedXstreamHost(),
        };
        var server = new EngineServer(options, environment);
        EngineDrpc? calls = drpc is null ? null : new EngineDrpc(server, drpc, environment);
        try
        {
            server.StartAsync().GetAwaiter().GetResult();
            Notify(calls);
            _ = AnnounceAsync(server);
            _end.Wait();
        }
        finally
        {
            calls?.DisposeAsync().AsTask().GetAwaiter().GetResult();
            server.StopAsync().GetAwaiter().GetResult();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _end.Dispose();
        _ending.Dispose();
    }

    private IReadOnlyList<TransportProvider> Providers() => OperatingSystem.IsLinux() && SharedMemoryProvider.IsAvailable
        ? [new SocketsProvider { Tls = tls }, new SharedMemoryProvider(), new OfiProvider()]
        : [new SocketsProvider { Tls = tls }, new OfiProvider()];

    // Said before anything is opened: a missing library is not an address that cannot be had.
    private static void RequireLibraries(EngineOptions options)
    {
        TransportUri? needs = options.Listen.FirstOrDefault(u => OfiProvider.IsScheme(u.Scheme));
        if (needs is not null && !OfiProvider.IsAvailable(out string reason))
        {
            throw new DaosException(DerCode.NoSys, "listen", needs.ToString(), reason);
        }
    }

    // An engine that its daos_server cannot know of is of no use to it.
    private void Notify(EngineDrpc? calls)
    {
        if (calls is null)
        {
            return;
        }

        calls.Start();
        DerCode code = calls.NotifyReadyAsync(_ending.Token).GetAwaiter().GetResult();
        if (code.IsError && !_end.IsSet)
        {
            throw new DaosException(code, "notify daos_server", drpc!.ServerSocket, "daos_server did not take note of this engine; does it run, and is this its directory of sockets?");
        }
    }

    // Last: who reads the line finds the engine at its daos_server too.
    private static async Task AnnounceAsync(EngineServer server)
    {
        await server.WhenSetUp.ConfigureAwait(false);
        IEnumerable<string> uris = server.Endpoints.Where(e => e.Tag == 0).Select(e => $"uri={e.Uri}");
        Console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"ready rank={server.Context.Node.Rank} targets={server.TargetCount} {string.Join(' ', uris)}"));
        Console.Out.Flush();
    }

    private void RequestEnd(PosixSignalContext context)
    {
        // The process ends when the engine has stopped, not at once; a second signal does not wait for that.
        context.Cancel = !_end.IsSet;
        _end.Set();
        _ending.Cancel();
    }
}
