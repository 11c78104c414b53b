using Daos.Fabric.Reactor.Simulated;
using Daos.Fabric.Transport.Sockets;
using Daos.Fabric.Transport.Sockets.Records;

namespace Daos.Fabric.Transport.Tests.Harness;

/// <summary>Two machines of a simulated world that talk over its network.</summary>
internal sealed class SimulatedPair : Pair
{
    internal SimulatedPair(
        ulong seed,
        string address,
        Func<TransportOptions, TransportOptions>? change = null,
        Func<bool, RecordLayer>? records = null,
        SocketsProvider? provider = null,
        SocketsProvider? serverProvider = null)
    {
        World = new SimulatedWorld(seed);
        bool unix = address.StartsWith("unix", StringComparison.Ordinal);
        ServerNode = World.AddNode("server");
        ClientNode = unix ? ServerNode : World.AddNode("client");
        OwnerLoop server = ServerNode.AddLoop("server");
        OwnerLoop client = ClientNode.AddLoop("client");
        provider ??= new SocketsProvider { RecordLayers = records };
        var options = new TransportOptions { Random = new SeededRandom(seed) };
        options = change?.Invoke(options) ?? options;
        Client = provider.CreateContext(client, options, ClientHandler);
        Server = (serverProvider ?? provider).CreateContext(server, options, ServerHandler);
        DerResult<TransportUri> listening = Server.Listen(TransportUri.Parse(address));
        Assert.True(listening.IsSuccess, listening.Code.ToString());
        Address = listening.Value;
    }

    internal SimulatedWorld World { get; }

    internal SimulatedNode ClientNode { get; }

    internal SimulatedNode ServerNode { get; }

    internal override void RunUntil(Func<bool> condition, string what) => Assert.True(World.RunUntil(condition), $"{what} did not come");

    internal override void Turn() => World.Step();

    internal override void Settle() => World.RunFor(1_000_000_000);

    internal override string DescribeHeld() => Describe((SocketContext)Client) + Describe((SocketContext)Server);

    public override void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
        World.RunUntil(() => ((SocketContext)Client).ConnectionCount + ((SocketContext)Server).ConnectionCount == 0);
        Assert.Equal("", DescribeHeld());
    }

    // An open connection keeps the one segment that it receives into.
    private static string Describe(SocketContext context) =>
        context.Segments.HeldCount <= context.ConnectionCount ? "" : $"{context.DescribeHeld()} for {context.ConnectionCount} connections";
}
