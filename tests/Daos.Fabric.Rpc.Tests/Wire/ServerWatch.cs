using System.Diagnostics;

namespace Daos.Fabric.Rpc.Tests.Wire;

/// <summary>Figures of a server whose loop runs on another thread, read there when the test's thread asks.</summary>
internal sealed class ServerWatch(RpcContext server) : WorkItem
{
    private volatile bool _hasLooked;

    /// <summary>Connections of the transport: each is a descriptor.</summary>
    internal int Connections { get; private set; }

    /// <summary>Brings the figures up to date; from the test's thread while the loop runs.</summary>
    internal void Look()
    {
        _hasLooked = false;
        Assert.True(server.Loop.TryPost(this));
        var since = Stopwatch.StartNew();
        while (!_hasLooked)
        {
            Assert.True(since.Elapsed < TimeSpan.FromSeconds(60), "the server's loop does not turn");
            Thread.Yield();
        }
    }

    protected override void Execute()
    {
        Connections = server.Transports[0].Statistics.Connections;
        _hasLooked = true;
    }
}
