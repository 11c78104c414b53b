using Daos.Fabric.Core.Time;
using Daos.Fabric.Rpc;
using Daos.Fabric.Rpc.Groups;

namespace Daos.Fabric.Simulation.Tests.Ranks;

/// <summary>One life of one rank: a loop, a context that listens, the primary group, and the events that it was told.</summary>
internal sealed class SimulatedRank
{
    internal SimulatedRank(RankWorld world, SimulatedNode node, uint rank, FaultRegistry faults)
    {
        Node = node;
        Rank = new Rank(rank);
        Uri = TransportUri.Parse($"tcp://10.1.0.{rank}:20001");
        Loop = node.AddLoop($"rank{rank}");
        Hlc = new HybridLogicalClock(node.Clock);
        var own = new RpcNode(Rank);
        Context = new RpcContext(
            Loop,
            new RpcOptions
            {
                Transport = new TransportOptions { Random = world.Random.Fork(), Faults = faults },
                Node = own,
                Faults = faults,
                SelfTest = world.AnswersSelfTest,
                SelfTestBufferBytes = 1 << 20,
                ConnectTimeoutNs = 1_000_000_000,
            },
            [new SocketsProvider()],
            Hlc);
        Group = new PrimaryGroup(Loop, "system", own);
        Group.Subscribe(Loop, membership =>
        {
            Assert.Same(Loop, OwnerThread.Current);
            Events.Add(membership);
        });
        Assert.True(Context.Listen(Uri).IsSuccess);
        for (ushort tag = 0; tag < 2; tag++)
        {
            own.PublishUri(tag, Uri);
        }
    }

    internal SimulatedNode Node { get; }

    internal Rank Rank { get; }

    internal TransportUri Uri { get; }

    internal OwnerLoop Loop { get; }

    internal HybridLogicalClock Hlc { get; }

    internal RpcContext Context { get; }

    internal PrimaryGroup Group { get; }

    internal List<MembershipEvent> Events { get; } = [];

    internal GroupMember Member => new(Rank, Uri);
}
