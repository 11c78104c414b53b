using System.Diagnostics.CodeAnalysis;

namespace Daos.Fabric.Rpc.Tests.Bulk;

/// <summary>The client, rank 0 with the bulk service, and rank 5 with another one, each on its own loop.</summary>
internal sealed class ThreeRanks : IDisposable
{
    [SuppressMessage("Reliability", "CA2000", Justification = "the world disposes its contexts")]
    internal ThreeRanks(WireKind wire, ulong seed = 1)
    {
        First = new BulkWorld(wire, seed);
        RpcWorld world = First.World;
        FiveNode = world.World.AddNode("five");
        Five = world.Open(FiveNode.AddLoop("five"), null, RpcWorld.Options() with { Node = new RpcNode(new Rank(5)) });
        Five.Register(Second.Protocol);
        TransportUri address = Five.Listen(TransportUri.Parse(wire == WireKind.Sockets ? "tcp://10.0.0.5:10005" : "loopback://five")).Value;
        world.Node.PublishRank(new Rank(5), address);
        First.ClientNode.PublishRank(new Rank(5), address);
        world.World.On(world.ServerLoop, () => First.Service.PassTo = world.Server.EndpointOf(new Rank(5), 0));
        RpcEndpoint? third = null;
        world.World.On(world.ClientLoop, () => third = world.Client.EndpointOf(new Rank(5), 0));
        Third = third!;
    }

    internal BulkWorld First { get; }

    internal BulkService Second { get; } = new();

    internal RpcContext Five { get; }

    internal SimulatedNode FiveNode { get; }

    /// <summary>Rank 5 as the client sees it.</summary>
    internal RpcEndpoint Third { get; }

    public void Dispose() => First.Dispose();
}
