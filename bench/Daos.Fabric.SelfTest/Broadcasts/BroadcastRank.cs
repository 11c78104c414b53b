using Daos.Fabric.Core.Randomness;
using Daos.Fabric.Rpc;
using Daos.Fabric.Rpc.Collectives;
using Daos.Fabric.Rpc.Groups;
using Daos.Fabric.Transport.Sockets;

namespace Daos.Fabric.SelfTest.Broadcasts;

/// <summary>One of many ranks in this process: a context that listens on tcp, the group, and collective requests. Owned by the loop.</summary>
internal sealed class BroadcastRank : IDisposable
{
    internal BroadcastRank(OwnerLoop loop, uint rank, SeededRandom random)
    {
        var node = new RpcNode(new Rank(rank));
        Context = new RpcContext(
            loop,
            new RpcOptions { Transport = new TransportOptions { Random = random }, Node = node, SelfTest = false },
            [new SocketsProvider()],
            hlc: null);
        Group = new PrimaryGroup(loop, "self_test", node);
        Collectives = new CollectiveService(Context, Group);
        Collectives.Register(Operation);
        DerResult<TransportUri> uri = Context.Listen(TransportUri.Parse("tcp://127.0.0.1:0"));
        Uri = uri.IsSuccess ? uri.Value : throw new DaosException(uri.Code, "listen", "tcp://127.0.0.1:0");
        node.PublishUri(0, Uri);
    }

    internal RpcContext Context { get; }

    internal PrimaryGroup Group { get; }

    internal CollectiveService Collectives { get; }

    internal BroadcastOperation Operation { get; } = new();

    internal TransportUri Uri { get; }

    public void Dispose() => Context.Dispose();
}
