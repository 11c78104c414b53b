using Daos.Fabric.Bench.Options;
using Daos.Fabric.Core.Identities;
using Daos.Fabric.Core.Randomness;
using Daos.Fabric.Reactor;
using Daos.Fabric.Rpc;
using Daos.Fabric.Transport;
using Daos.Fabric.Transport.Loopback;

namespace Daos.Fabric.Bench.Engines;

/// <summary>
/// What an engine is to the rpc and bulk jobs, on a thread of dfio: the self-test service behind <c>loopback://name</c>. Made and
/// disposed by the job's thread; between these its own thread owns everything.
/// </summary>
internal sealed class LoopbackServer : IDisposable
{
    private readonly OwnerLoop _loop;
    private readonly OwnerLoopThread _thread;
    private readonly RpcContext _rpc;

    /// <param name="uri">Where it listens, in a hub of its own.</param>
    /// <param name="options">The job: its polling holds for this thread as well.</param>
    internal LoopbackServer(TransportUri uri, JobOptions options)
    {
        _loop = new OwnerLoop("dfio-server", ReactorFactory.Create(), new OwnerLoopOptions { Polling = options.Polling, SpinNs = options.SpinNs });
        var node = new RpcNode(new Rank(0));
        var limits = new RpcOptions { Transport = new TransportOptions { Random = new SeededRandom(SystemEntropy.Seed()) }, Node = node };
        _rpc = new RpcContext(_loop, limits, [new LoopbackProvider(Hub)], hlc: null);
        DerResult<TransportUri> listening = _rpc.Listen(uri);
        if (!listening.IsSuccess)
        {
            Free();
            throw new DaosException(listening.Code, "listen", uri.ToString());
        }

        _thread = new OwnerLoopThread(_loop);
        _thread.Start();
    }

    /// <summary>Where clients find it.</summary>
    internal LoopbackHub Hub { get; } = new();

    public void Dispose()
    {
        _thread.StopAndJoin();
        Free();
    }

    private void Free()
    {
        _rpc.Dispose();
        _loop.Reactor.Dispose();
    }
}
