using Daos.Fabric.Transport.Loopback;

namespace Daos.Fabric.Rpc.Tests.Harness;

/// <summary>
/// A server context with the self-test and the probe protocol, and a client context, in a simulated world: virtual time, one thread, one
/// seed. Disposing checks that nothing leaked.
/// </summary>
internal sealed class RpcWorld : IDisposable
{
    private readonly List<RpcContext> _contexts = [];
    private readonly TransportProvider _provider;

    internal RpcWorld(WireKind wire, ulong seed = 1, Func<RpcOptions, RpcOptions>? server = null, Func<RpcOptions, RpcOptions>? client = null, OwnerLoopOptions? serverLoop = null)
    {
        Wire = wire;
        World = new SimulatedWorld(seed);
        ServerNode = World.AddNode("server");
        ClientNode = World.AddNode("client");
        ServerLoop = ServerNode.AddLoop("server", serverLoop);
        ClientLoop = wire == WireKind.Direct ? ServerLoop : ClientNode.AddLoop("client");
        _provider = wire == WireKind.Sockets ? new Transport.Sockets.SocketsProvider() : new LoopbackProvider(new LoopbackHub());
        ServerClock = new HybridLogicalClock(ServerNode.Clock);
        ServerFaults = new FaultRegistry(new SeededRandom(seed));
        ClientFaults = new FaultRegistry(new SeededRandom(seed + 1));
        Node = new RpcNode(new Rank(0));
        Server = Open(ServerLoop, ServerClock, (server ?? (o => o))(Options(ServerFaults) with { Node = Node }));
        Probe = new ProbeService();
        Server.Register(Probe.Protocol);
        Client = Open(ClientLoop, null, (client ?? (o => o))(Options(ClientFaults)));
        Address = Server.Listen(TransportUri.Parse(wire == WireKind.Sockets ? "tcp://127.0.0.1:10001" : "loopback://server")).Value;
        Node.PublishUri(2, Address);
    }

    internal WireKind Wire { get; }

    internal SimulatedWorld World { get; }

    internal SimulatedNode ServerNode { get; }

    internal SimulatedNode ClientNode { get; }

    internal OwnerLoop ServerLoop { get; }

    internal OwnerLoop ClientLoop { get; }

    internal HybridLogicalClock ServerClock { get; }

    internal FaultRegistry ServerFaults { get; }

    internal FaultRegistry ClientFaults { get; }

    internal RpcNode Node { get; }

    internal RpcContext Server { get; }

    internal RpcContext Client { get; }

    internal ProbeService Probe { get; }

    internal TransportUri Address { get; }

    /// <summary>The client's endpoint; tests that do not care use tag 2.</summary>
    internal RpcEndpoint Endpoint
    {
        get
        {
            RpcEndpoint? endpoint = null;
            World.On(ClientLoop, () => endpoint = Client.EndpointOf(Address, 2).Value);
            return endpoint!;
        }
    }

    /// <summary>Exceptions that handlers are expected to have thrown; null for any number.</summary>
    internal int? ExpectedUnhandled { get; set; } = 0;

    internal long DeadlineIn(long ns) => World.NowNs + ns;

    /// <summary>Another context in this world, over the same provider.</summary>
    internal RpcContext Open(OwnerLoop loop, HybridLogicalClock? clock, RpcOptions options)
    {
        var context = new RpcContext(loop, options, [_provider], clock);
        _contexts.Add(context);
        return context;
    }

    internal static RpcOptions Options(FaultRegistry? faults = null) => new()
    {
        Transport = new TransportOptions { Random = new SeededRandom(7) },
        Faults = faults,
        SelfTestBufferBytes = 4 << 20,
    };

    /// <summary>Ends a node's process: nothing of it runs again, and nothing of it is checked at the end.</summary>
    internal void Crash(SimulatedNode node, CrashKind kind)
    {
        OwnerLoop[] loops = [.. node.Loops];
        _contexts.RemoveAll(c => loops.Contains(c.Loop));
        node.Crash(kind);
    }

    /// <summary>Opens a bare transport context that speaks bytes of the test's choice.</summary>
    internal RawPeer OpenRaw() => new(this, _provider);

    /// <summary>Runs a ULT on the client's loop to its end.</summary>
    internal void Run(Func<ValueTask> body) => Run(ClientLoop, body);

    /// <summary>Runs a ULT on a loop to its end and throws what it threw.</summary>
    internal void Run(OwnerLoop loop, Func<ValueTask> body)
    {
        Running running = Start(loop, body);
        Assert.True(World.RunUntil(() => running.IsDone), $"the body did not end (seed {World.Seed})");
        running.Throw();
    }

    /// <summary>Starts a ULT on the client's loop.</summary>
    internal Running Start(Func<ValueTask> body) => Start(ClientLoop, body);

    internal Running Start(OwnerLoop loop, Func<ValueTask> body)
    {
        var running = new Running(loop, body);
        Assert.True(loop.TryPost(running));
        return running;
    }

    internal void RunUntil(Func<bool> condition, string what) =>
        Assert.True(World.RunUntil(condition), $"{what} did not come (seed {World.Seed})");

    public void Dispose()
    {
        World.RunUntil(() => _contexts.TrueForAll(c => c.RequestsActive == 0 && c.CallsRented == 0), 1_000_000_000, 200_000);
        foreach (RpcContext context in _contexts)
        {
            Assert.Equal((0, 0, 0, 0), (context.RequestsActive, context.CallsRented, context.BulksInUse, context.Staging.Rented));
            Assert.Equal(context.Options.CallsInFlightMax, context.CallQuota.Free);
            Assert.Equal(context.Options.RangesExposedMax, context.RangeQuota.Free);
            Assert.Equal(context.Statistics.RangesExposed, context.Statistics.RangesRevoked);
        }

        if (_contexts.Contains(Client))
        {
            Assert.Equal(Client.Options.CreditsPerEndpoint, Endpoint.CreditsFree);
        }

        Assert.True(ExpectedUnhandled is null || ExpectedUnhandled == ServerLoop.UnhandledCount, ServerLoop.LastUnhandled?.ToString());
        if (ClientLoop != ServerLoop)
        {
            Assert.True(ClientLoop.UnhandledCount == 0, ClientLoop.LastUnhandled?.ToString());
        }

        foreach (RpcContext context in _contexts)
        {
            context.Dispose();
        }

        // Memory of a connection is free once nothing of it is under way: a world that ended before kept it for ever, and a long run is
        // many thousands of worlds.
        RunUntil(() => _contexts.TrueForAll(c => c.IsQuiet), "the end of what was under way");
    }

    /// <summary>A ULT of a test; it begins in a turn of its loop, whose time is then the world's.</summary>
    internal sealed class Running(OwnerLoop loop, Func<ValueTask> body) : WorkItem
    {
        private System.Runtime.ExceptionServices.ExceptionDispatchInfo? _exception;

        internal bool IsDone { get; private set; }

        internal void Throw() => _exception?.Throw();

        protected override void Execute() => loop.Spawn(RunAsync());

        private async ValueTask RunAsync()
        {
            try
            {
                await body();
            }
            catch (Exception exception)
            {
                _exception = System.Runtime.ExceptionServices.ExceptionDispatchInfo.Capture(exception);
            }

            IsDone = true;
        }
    }
}
