using System.Diagnostics;
using Daos.Fabric.Transport.Ofi;

namespace Daos.Fabric.Transport.Tests.Ofi;

/// <summary>Two contexts over libfabric on this machine, driven in turn by the test's thread.</summary>
internal sealed class OfiPair : Pair
{
    private static int s_names;

    private readonly Reactor.Reactor _clientReactor;
    private readonly Reactor.Reactor _serverReactor;

    internal OfiPair(string scheme, Func<TransportOptions, TransportOptions>? change = null, OfiOptions? ofi = null, OwnerLoopOptions? loops = null)
    {
        Require();
        _clientReactor = ReactorFactory.Create();
        _serverReactor = ReactorFactory.Create();
        var client = new OwnerLoop("client", _clientReactor, loops ?? new OwnerLoopOptions());
        var server = new OwnerLoop("server", _serverReactor, loops ?? new OwnerLoopOptions());
        var provider = new OfiProvider { Options = ofi ?? new OfiOptions() };
        var options = new TransportOptions { Random = new SeededRandom(5) };
        options = change?.Invoke(options) ?? options;
        Client = provider.CreateContext(client, options, ClientHandler);
        Server = provider.CreateContext(server, options with { Random = new SeededRandom(6) }, ServerHandler);
        DerResult<TransportUri> listening = Server.Listen(TransportUri.Parse(Listening(scheme)));
        Assert.True(listening.IsSuccess, listening.Code.ToString());
        Address = listening.Value;
    }

    internal OfiContext ClientOfi => (OfiContext)Client;

    internal OfiContext ServerOfi => (OfiContext)Server;

    /// <summary>Skips the test where libfabric is missing.</summary>
    internal static void Require()
    {
        bool available = OfiProvider.IsAvailable(out string reason);
        Assert.SkipUnless(available, reason);
    }

    /// <summary>An address to listen on that nobody else uses.</summary>
    internal static string Listening(string scheme) => scheme == "ofi+shm"
        ? $"ofi+shm://daos-test-{Environment.ProcessId}-{Interlocked.Increment(ref s_names)}"
        : $"{scheme}://127.0.0.1:0";

    internal override void RunUntil(Func<bool> condition, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"{what} did not come");
            Turn();
        }
    }

    internal override void Settle()
    {
        for (int i = 0; i < 200 || (i < 20_000 && DescribeHeld().Length > 0); i++)
        {
            Turn();
        }
    }

    internal override string DescribeHeld() => ClientOfi.DescribeHeld() + ServerOfi.DescribeHeld();

    public override void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
        Assert.Equal(0, ClientOfi.ConnectionCount + ServerOfi.ConnectionCount);
        On(ClientLoop, _clientReactor.Dispose);
        On(ServerLoop, _serverReactor.Dispose);
    }
}
