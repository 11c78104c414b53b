using Daos.Fabric.Transport.Sockets;

namespace Daos.Fabric.Transport.Tests.Sockets;

/// <summary>Peers that do not read, or send without end: our memory is bounded, nothing is lost.</summary>
[Collection(MeasuredAlone.Name)]
public sealed class BackPressureTests
{
    private const int QueueBytes = 64 * 1024;

    [Theory]
    [InlineData(1000, 1000)]
    [InlineData(8, 4000)]
    public void Flood_AnswersAreNotTaken_IsNotListenedToUntilTheyAre(int askBytes, int answerBytes)
    {
        const int Count = 3000;
        using var server = new ScriptedServer(o => o with { SendQueueBytesMax = QueueBytes });
        server.Handler.Keep = false;
        server.Handler.OnEach = (TransportConnection c, in InboundMessage _) =>
        {
            c.BeginMessage(answerBytes).Clear();
            c.EndMessage(answerBytes);
        };
        int socket = server.Connect();
        byte[] ask = Frames.Frame(Frames.Message, new byte[askBytes]);
        server.Reactor.HoldSends = true;
        for (int i = 0; i < Count; i++)
        {
            server.Reactor.Feed(socket, ask);
        }

        server.Run(200);
        Assert.Empty(server.Handler.Closed);
        Assert.False(server.Reactor.IsReceiving(socket));
        Assert.Equal(1, server.Context.Statistics.Paused);
        Assert.InRange(server.Handler.MessageCount, 1, Count / 2);
        Assert.InRange(((SocketConnection)server.Handler.Accepted[0]).MemoryBytes, QueueBytes, (3 * QueueBytes) + (4 * 72 * 1024));

        server.Reactor.HoldSends = false;
        server.Run(4000);
        Assert.Equal(Count, server.Handler.MessageCount);
        Assert.Equal(Count, server.Sent(socket).Count);
        Assert.Empty(server.Handler.Closed);
    }

    [Fact]
    public void Messages_KeptByTheLayerAbove_StopsReceivingWhenMemoryIsShortAndGoesOn()
    {
        const int Count = 3000;
        using var server = new ScriptedServer();
        var kept = new List<MessageSegment>();
        server.Handler.Keep = false;
        server.Handler.OnEach = (TransportConnection _, in InboundMessage m) => kept.Add(m.Retain());
        int socket = server.Connect();
        byte[] message = Frames.Frame(Frames.Message, new byte[60_000]);
        for (int i = 0; i < Count; i++)
        {
            server.Reactor.Feed(socket, message);
        }

        server.Run(8000);
        Assert.InRange(kept.Count, 500, Count - 1000);
        Assert.True(server.Context.Statistics.Starved > 0);
        Assert.InRange(server.Context.Statistics.MemoryBytes, 1, server.Context.Statistics.MemoryLimitBytes);
        while (kept.Count > 0)
        {
            server.On(() =>
            {
                kept.ForEach(static s => s.Release());
                kept.Clear();
            });
            server.Run(8000);
        }

        Assert.Equal(Count, server.Handler.MessageCount);
    }

    [Fact]
    public void Connections_ThousandIdle_HoldLittleMemory()
    {
        const int Count = 1000;
        using var server = new ScriptedServer();
        server.Handler.Keep = false;
        server.Reactor.KeepSent = false;
        for (int i = 0; i < 10; i++)
        {
            server.Connect();
        }

        long managedBefore = GC.GetTotalMemory(forceFullCollection: true);
        long nativeBefore = server.Context.Statistics.MemoryBytes;
        var sockets = new List<int>();
        for (int i = 0; i < Count; i++)
        {
            sockets.Add(server.ConnectMute());
            server.Reactor.Feed(sockets[i], Frames.HelloFrame());
        }

        server.Run(20);
        Assert.Equal(Count + 10, server.Handler.Accepted.Count);
        long managed = GC.GetTotalMemory(forceFullCollection: true) - managedBefore;
        long native = server.Context.Statistics.MemoryBytes - nativeBefore;
        TestContext.Current.TestOutputHelper?.WriteLine($"{managed / Count} managed and {native / Count} native bytes per connection");
        Assert.InRange((managed + native) / Count, 1000, 24 * 1024);
    }

    [Fact]
    public void Connection_BusyThenIdle_GivesItsLargeSegmentBack()
    {
        using var server = new ScriptedServer();
        int socket = server.Connect();
        TransportStatistics idle = server.Context.Statistics;
        long before = idle.MemoryBytes;
        server.Feed(socket, Frames.Frame(Frames.Message, new byte[50_000]));
        Assert.True(server.Context.Statistics.MemoryBytes > before + 60_000);

        // The answer to the question whether it is there completes the large receive.
        server.Reactor.Advance(new TransportOptions { Random = new SeededRandom(1) }.KeepaliveNs * 2);
        server.Run();
        server.Reactor.Advance(new TransportOptions { Random = new SeededRandom(1) }.KeepaliveNs);
        server.Run();
        server.Feed(socket, Frames.Frame(Frames.Ping, [], argument: 1));
        Assert.Equal(before, server.Context.Statistics.MemoryBytes);
    }
}
