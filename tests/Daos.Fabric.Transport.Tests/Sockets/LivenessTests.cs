using Daos.Fabric.Reactor.Simulated;

namespace Daos.Fabric.Transport.Tests.Sockets;

/// <summary>Peers that are gone, mute, slow on purpose, or merely quiet.</summary>
public sealed class LivenessTests
{
    private const long IntervalNs = 1_000_000_000;

    [Fact]
    public void Silent_IsAskedOnceThenGivenUp()
    {
        using ScriptedServer server = Open();
        int socket = server.Connect();
        Pass(server, 2);
        Assert.Equal([(Frames.Ping, 0u)], server.Sent(socket).Select(f => (f.Kind, f.Argument)));
        Pass(server, 1);
        Assert.Empty(server.Handler.Closed);
        Pass(server, 1);
        Assert.Equal(DerCode.Unreachable, Assert.Single(server.Handler.Closed).Reason);
        Assert.Equal(1, server.Context.Statistics.TimedOut);
    }

    [Fact]
    public void Quiet_ButAnswering_StaysOpen()
    {
        using ScriptedServer server = Open();
        int socket = server.Connect();
        for (int i = 0; i < 50; i++)
        {
            Pass(server, 1);
            if (server.Sent(socket).Count > 0)
            {
                server.Reactor.SentOn(socket).Clear();
                server.Feed(socket, Frames.Frame(Frames.Ping, [], argument: 1));
            }
        }

        Assert.Empty(server.Handler.Closed);
    }

    [Fact]
    public void Ping_IsAnswered()
    {
        using ScriptedServer server = Open();
        int socket = server.Connect();
        server.Feed(socket, Frames.Frame(Frames.Ping, []));
        Assert.Equal(Frames.Frame(Frames.Ping, [], argument: 1), server.Reactor.SentOn(socket));
    }

    [Fact]
    public void Quiet_PeerWithoutPings_IsNeitherAskedNorClosed()
    {
        using ScriptedServer server = Open();
        int socket = server.ConnectMute();
        server.Feed(socket, Frames.HelloFrame(features: 0));
        server.Reactor.SentOn(socket).Clear();
        Pass(server, 20);
        Assert.Empty(server.Handler.Closed);
        Assert.Empty(server.Reactor.SentOn(socket));
    }

    [Fact]
    public void Frame_FedByteByByte_ClosesTheOffender()
    {
        using ScriptedServer server = Open();
        int socket = server.Connect();
        byte[] frame = Frames.Frame(Frames.Message, new byte[60_000]);
        int fed = 0;
        while (server.Handler.Closed.Count == 0 && fed < 100)
        {
            server.Feed(socket, frame.AsSpan(fed++, 1));
            Pass(server, 0.5);
        }

        Assert.InRange(fed, 3, 8);
        Assert.Equal(DerCode.TimedOut, server.Handler.Closed[0].Reason);
        (byte kind, _, uint code, byte[] text, _) = server.Sent(socket)[^1];
        Assert.Equal((Frames.Goodbye, DerCode.TimedOut.Value), (kind, (int)code));
        Assert.Equal("a frame was begun and not completed in time", System.Text.Encoding.UTF8.GetString(text));
    }

    [Fact]
    public void Frame_FedSlowlyButSteadily_Passes()
    {
        using ScriptedServer server = Open();
        int socket = server.Connect();
        byte[] frame = Frames.Frame(Frames.Message, new byte[100]);
        for (int round = 0; round < 10; round++)
        {
            server.Feed(socket, frame.AsSpan(0, 50));
            Pass(server, 0.7);
            server.Feed(socket, frame.AsSpan(50));
            Pass(server, 0.7);
        }

        Assert.Equal(10, server.Handler.Messages.Count);
        Assert.Empty(server.Handler.Closed);
    }

    [Fact]
    public void Frame_BegunBySilentPeerWithoutPings_ClosesIt()
    {
        using ScriptedServer server = Open();
        int socket = server.ConnectMute();
        server.Feed(socket, Frames.HelloFrame(features: 0));
        server.Feed(socket, Frames.Frame(Frames.Message, new byte[100]).AsSpan(0, 60));
        Pass(server, 3.5);
        Assert.Equal(DerCode.TimedOut, Assert.Single(server.Handler.Closed).Reason);
    }

    [Fact]
    public void Peer_TakesNothing_IsGivenUpThoughItTalks()
    {
        using ScriptedServer server = Open();
        int socket = server.Connect();
        server.Reactor.HoldSends = true;
        server.On(() =>
        {
            server.Handler.Accepted[0].BeginMessage(10).Clear();
            server.Handler.Accepted[0].EndMessage(10);
        });
        for (int i = 0; i < 4; i++)
        {
            server.Feed(socket, Frames.Frame(Frames.Message, [1]));
            Pass(server, 1);
        }

        Assert.Equal(DerCode.Unreachable, Assert.Single(server.Handler.Closed).Reason);
    }

    [Fact]
    public void Mute_SaysNoHello_IsClosedInTime()
    {
        using ScriptedServer server = Open();
        int socket = server.ConnectMute();
        Pass(server, 4.5);
        Assert.False(server.Reactor.IsClosed(socket));
        Pass(server, 1);
        Assert.True(server.Reactor.IsClosed(socket));
        Assert.Empty(server.Handler.Accepted);
        Assert.Empty(server.Handler.Closed);
    }

    [Fact]
    public void HalfOpen_PeersMachineLosesPowerWhileBothAreQuiet_IsNoticed()
    {
        for (ulong seed = 1; seed <= 10; seed++)
        {
            var pair = new SimulatedPair(seed, "tcp://127.0.0.1:0", o => o with { KeepaliveNs = IntervalNs });
            pair.Connect();
            pair.World.RunFor(20 * IntervalNs);
            Assert.Empty(pair.ServerHandler.Closed);
            pair.ClientNode.Crash(CrashKind.Power);
            long beganNs = pair.World.NowNs;
            pair.RunUntil(() => pair.ServerHandler.Closed.Count == 1, "the end of the connection");
            Assert.Equal(DerCode.Unreachable, pair.ServerHandler.Closed[0].Reason);
            Assert.InRange(pair.World.NowNs - beganNs, IntervalNs, (3 * IntervalNs) + (IntervalNs / 10));
            pair.Server.Dispose();
            pair.World.RunFor(IntervalNs);
        }
    }

    private static ScriptedServer Open() => new(o => o with { KeepaliveNs = IntervalNs });

    // In small steps: the timer is armed again when it has run.
    private static void Pass(ScriptedServer server, double intervals)
    {
        for (double left = intervals; left > 0; left -= 0.1)
        {
            server.Reactor.Advance(IntervalNs / 10);
            server.Run(2);
        }
    }
}
