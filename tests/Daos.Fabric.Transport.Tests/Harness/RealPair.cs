using System.Diagnostics;
using Daos.Fabric.Transport.Sockets;

namespace Daos.Fabric.Transport.Tests.Harness;

/// <summary>Two loops on real reactors of this machine, driven in turn by the test's thread.</summary>
internal sealed class RealPair : Pair
{
    private readonly string? _directory;
    private readonly Reactor.Reactor _clientReactor;
    private readonly Reactor.Reactor _serverReactor;

    internal RealPair(string kind, bool unix, Func<TransportOptions, TransportOptions>? change = null, SocketsProvider? provider = null, string address = "tcp://127.0.0.1:0",
        SocketsProvider? serverProvider = null)
    {
        _clientReactor = ReactorFactory.Create(kind);
        _serverReactor = ReactorFactory.Create(kind);
        var client = new OwnerLoop("client", _clientReactor, new OwnerLoopOptions());
        var server = new OwnerLoop("server", _serverReactor, new OwnerLoopOptions());
        if (unix)
        {
            _directory = Directory.CreateTempSubdirectory("daos-transport-").FullName;
            address = $"unix://{_directory}/s";
        }

        provider ??= new SocketsProvider();
        var options = new TransportOptions { Random = new SeededRandom(5) };
        options = change?.Invoke(options) ?? options;
        Client = provider.CreateContext(client, options, ClientHandler);
        Server = (serverProvider ?? provider).CreateContext(server, options, ServerHandler);
        DerResult<TransportUri> listening = Server.Listen(TransportUri.Parse(address));
        Assert.True(listening.IsSuccess, listening.Code.ToString());
        Address = listening.Value;
    }

    internal override void RunUntil(Func<bool> condition, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"{what} did not come");
            Turn();
        }
    }

    internal override string DescribeHeld() => Describe((SocketContext)Client) + Describe((SocketContext)Server);

    public override void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
        RunUntil(() => ((SocketContext)Client).ConnectionCount + ((SocketContext)Server).ConnectionCount == 0, "the end of all connections");
        Assert.Equal("", DescribeHeld());
        On(ClientLoop, _clientReactor.Dispose);
        On(ServerLoop, _serverReactor.Dispose);
        if (_directory is not null)
        {
            Directory.Delete(_directory, recursive: true);
        }
    }

    // An open connection keeps the one segment that it receives into.
    private static string Describe(SocketContext context) =>
        context.Segments.HeldCount <= context.ConnectionCount ? "" : $"{context.DescribeHeld()} for {context.ConnectionCount} connections";
}
