using System.Diagnostics;
using Daos.Fabric.Transport.SharedMemory;

namespace Daos.Fabric.Transport.Tests.Harness;

/// <summary>Two loops on real reactors with shared memory between them, driven in turn by the test's thread.</summary>
internal sealed class SharedMemoryPair : Pair
{
    private readonly Reactor.Reactor _clientReactor;
    private readonly Reactor.Reactor _serverReactor;

    internal SharedMemoryPair(
        string kind, Func<TransportOptions, TransportOptions>? change = null, bool useProcessMemory = true, OwnerLoopOptions? serverOptions = null)
    {
        Directory = System.IO.Directory.CreateTempSubdirectory("daos-shm-").FullName;
        _clientReactor = ReactorFactory.Create(kind);
        _serverReactor = ReactorFactory.Create(kind);
        var client = new OwnerLoop("client", _clientReactor, new OwnerLoopOptions());
        var server = new OwnerLoop("server", _serverReactor, serverOptions ?? new OwnerLoopOptions());
        Provider = new SharedMemoryProvider(new SharedMemoryOptions
        {
            Directory = Directory + "/names",
            UseProcessMemory = useProcessMemory,
        });
        var options = new TransportOptions { Random = new SeededRandom(5), Notice = Notices.Add };
        options = change?.Invoke(options) ?? options;
        Client = Provider.CreateContext(client, options, ClientHandler);
        Server = Provider.CreateContext(server, options, ServerHandler);
        DerResult<TransportUri> listening = Server.Listen(TransportUri.Parse("shm://server"));
        Assert.True(listening.IsSuccess, listening.Code.ToString());
        Address = listening.Value;
    }

    internal string Directory { get; }

    internal SharedMemoryProvider Provider { get; }

    /// <summary>Drives the server's loop when it has a thread of its own.</summary>
    internal OwnerLoopThread? ServerThread { get; private set; }

    internal List<string> Notices { get; } = [];

    internal SharedMemoryContext ClientContext => (SharedMemoryContext)Client;

    internal SharedMemoryContext ServerContext => (SharedMemoryContext)Server;

    internal SharedMemoryConnection NearEnd => (SharedMemoryConnection)Near;

    internal SharedMemoryConnection FarEnd => (SharedMemoryConnection)Far;

    /// <summary>From now on the server's loop runs on a thread of its own; before its first turn.</summary>
    internal SharedMemoryPair StartServerThread()
    {
        ServerThread = new OwnerLoopThread(ServerLoop);
        ServerThread.Start();
        return this;
    }

    internal override void Turn()
    {
        ClientLoop.RunTurn(0);
        if (ServerThread is null)
        {
            ServerLoop.RunTurn(0);
        }
    }

    internal override void RunUntil(Func<bool> condition, string what = "the condition")
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), $"{what} did not come");
            Turn();
        }
    }

    internal override string DescribeHeld() => ClientContext.Segments.DescribeHeld() + ServerContext.Segments.DescribeHeld();

    public override void Dispose()
    {
        ServerThread?.StopAndJoin();
        Client.Dispose();
        Server.Dispose();
        RunUntil(() => Client.IsQuiet && Server.IsQuiet, "the end of all connections");
        Assert.Equal("", DescribeHeld());
        On(ClientLoop, _clientReactor.Dispose);
        On(ServerLoop, _serverReactor.Dispose);
        System.IO.Directory.Delete(Directory, recursive: true);
    }
}
