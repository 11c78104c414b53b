using Daos.Fabric.TestKit.Runs;
using Daos.Fabric.Transport.Sockets.Tls;

namespace Daos.Fabric.Transport.Tests.Sockets;

/// <summary>
/// Whoever may open connections opens them by the thousand: in and out at once, mute, half a hello, a byte now and then, garbage, never TLS.
/// Each is gone in time, and there are never more than allowed. A unit is 1,000 connections.
/// </summary>
public sealed class ChurnTests(ITestOutputHelper output) : IDisposable
{
    private const int PerUnit = 1_000;
    private const long StepNs = 20_000_000;
    private const long HandshakeNs = 5_000_000_000;

    private readonly TestCertificates _certificates = new();

    private enum Kind
    {
        InAndOut,
        Mute,
        HalfHello,
        ByteByByte,
        Garbage,
        Sound,
    }

    public void Dispose() => _certificates.Dispose();

    [Theory]
    [InlineData("plain", 5, 500)]
    [InlineData("tls", 5, 500)]
    [Trait("Id", "W7")]
    public void Churn_OfAllKinds_NobodyStaysWithoutAHandshake(string security, int t0, int t1)
    {
        TlsOptions? tls = security == "tls" ? _certificates.Issue("server") : null;
        long slowestNs = 0;
        var run = new SeededRun("W7", security, t0, t1, output.WriteLine, seed: 70);
        run.Run((seed, counts) =>
        {
            using var server = new ScriptedServer(tls: tls);
            var crowd = new Crowd(server, new SeededRandom(seed), isTls: tls is not null);
            for (int i = 0; i < PerUnit; i++)
            {
                crowd.Open();
                crowd.Step();
            }

            while (crowd.Waiting > 0)
            {
                crowd.Step();
            }

            Assert.Equal(tls is null ? crowd.Sound : 0, server.Handler.Accepted.Count);
            Assert.True(crowd.TimedOut > 0);
            slowestNs = Math.Max(slowestNs, crowd.SlowestNs);
            counts.Add("connections", PerUnit);
            counts.Add("timed-out", crowd.TimedOut);
            counts.Add("accepted", crowd.Sound);
        });
        Assert.InRange(slowestNs, 0, HandshakeNs + StepNs);
    }

    [Fact]
    [Trait("Id", "W7")]
    public void Cap_OfConnections_HoldsAndFreesItself()
    {
        const int Cap = 100;
        using var server = new ScriptedServer(o => o with { ConnectionsMax = Cap });
        int sound = server.Connect();
        for (int i = 0; i < 3 * Cap; i++)
        {
            server.ConnectMute();
            server.Run(2);
            Assert.InRange(server.Context.Statistics.Connections, 1, Cap);
        }

        server.Run(100);
        Assert.InRange(server.Reactor.OpenSockets, Cap / 2, Cap);
        server.Feed(sound, Frames.Frame(Frames.Message, [1]));
        Assert.Single(server.Handler.Messages);

        // The mute ones leave by the time limit, and there is room again.
        server.Reactor.Advance(HandshakeNs + StepNs);
        server.Run(100);
        server.Feed(server.ConnectMute(), Frames.HelloFrame());
        Assert.Equal(2, server.Handler.Accepted.Count);
        output.WriteLine("W7: cap=1");
    }

    /// <summary>The many peers, played from a seed.</summary>
    private sealed class Crowd(ScriptedServer server, SeededRandom random, bool isTls)
    {
        private static readonly Kind[] s_kinds = Enum.GetValues<Kind>();

        private readonly List<(int Socket, Kind Kind, long SinceNs)> _waiting = [];
        private readonly byte[] _hello = isTls ? [0x16, 0x03, 0x01, 0x01, 0x00, .. new byte[256]] : Frames.HelloFrame();
        private readonly byte[] _garbage = new byte[200];
        private int _fed;

        /// <summary>Connections without a handshake that the server still holds.</summary>
        internal int Waiting => _waiting.Count;

        internal int Sound { get; private set; }

        internal int TimedOut { get; private set; }

        /// <summary>The longest that any was held without a handshake, in ns.</summary>
        internal long SlowestNs { get; private set; }

        internal void Open()
        {
            Kind kind = s_kinds[random.Next(s_kinds.Length)];
            int socket = server.ConnectMute();
            switch (kind)
            {
                case Kind.InAndOut:
                    server.Reactor.End(socket);
                    break;
                case Kind.HalfHello:
                    server.Reactor.Feed(socket, _hello.AsSpan(0, 1 + random.Next(20)));
                    break;
                case Kind.Garbage:
                    random.Fill(_garbage);
                    server.Reactor.Feed(socket, _garbage);
                    break;
                case Kind.Sound when !isTls:
                    Sound++;
                    server.Reactor.Feed(socket, _hello);
                    server.Reactor.End(socket);
                    return;
            }

            _waiting.Add((socket, kind, server.Reactor.MonotonicNs));
        }

        internal void Step()
        {
            server.Reactor.Advance(StepNs);
            bool feeds = _fed++ % 20 == 0;
            foreach ((int socket, Kind kind, _) in _waiting)
            {
                if (feeds && kind == Kind.ByteByByte)
                {
                    server.Reactor.Feed(socket, _hello.AsSpan(_fed / 20 % 20, 1));
                }
            }

            server.Run(4);
            long nowNs = server.Reactor.MonotonicNs;
            for (int i = _waiting.Count - 1; i >= 0; i--)
            {
                (int socket, Kind kind, long sinceNs) = _waiting[i];
                if (server.Reactor.IsClosed(socket))
                {
                    TimedOut += nowNs - sinceNs >= HandshakeNs ? 1 : 0;
                    SlowestNs = Math.Max(SlowestNs, nowNs - sinceNs);
                    _waiting.RemoveAt(i);
                }
                else
                {
                    Assert.True(nowNs - sinceNs <= HandshakeNs + (2 * StepNs), $"{kind} is held for {(nowNs - sinceNs) / 1_000_000} ms");
                }
            }
        }
    }
}
