using System.Diagnostics;

namespace Daos.Fabric.Rpc.Tests.Wire;

/// <summary>Figures of a server whose loop runs on another thread, read there when the test's thread asks.</summary>
internal sealed class ServerWatch(RpcContext server) : WorkItem
{
    private volatile bool _hasLooked;

    /// <summary>Connections of the transport: each is a descriptor.</summary>
    internal int Connections { get; private set; }

    /// <summary>Connections that ever opened.</summary>
    internal long Accepted { get; private set; }

    /// <summary>Memory that connections hold.</summary>
    internal long MemoryBytes { get; private set; }

    /// <summary>The most that it may become.</summary>
    internal long MemoryLimitBytes { get; private set; }

    /// <summary>Connections ended because their peer took too little.</summary>
    internal long Overrun { get; private set; }

    /// <summary>Connections given up because their peer took nothing, or left something unfinished.</summary>
    internal long TimedOut { get; private set; }

    /// <summary>Requests under way.</summary>
    internal int RequestsActive { get; private set; }

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
        TransportStatistics figures = server.Transports[0].Statistics;
        Connections = figures.Connections;
        Accepted = server.Statistics.ConnectionsAccepted;
        MemoryBytes = figures.MemoryBytes;
        MemoryLimitBytes = figures.MemoryLimitBytes;
        Overrun = figures.Overrun;
        TimedOut = figures.TimedOut;
        RequestsActive = server.RequestsActive;
        _hasLooked = true;
    }
}
