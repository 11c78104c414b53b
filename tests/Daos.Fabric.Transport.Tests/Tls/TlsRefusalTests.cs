using Daos.Fabric.Transport.Sockets;
using Daos.Fabric.Transport.Sockets.Buffers;
using Daos.Fabric.Transport.Sockets.Native;
using Daos.Fabric.Transport.Sockets.Tls;

namespace Daos.Fabric.Transport.Tests.Tls;

/// <summary>Sides that do not agree on security: typed errors with a reason on both, in time, and never a connection. A unit is one case.</summary>
[Trait("Id", "X6")]
public sealed class TlsRefusalTests(ITestOutputHelper output) : IDisposable
{
    private readonly TestCertificates _ours = new();
    private readonly TestCertificates _foreign = new("foreign authority");

    public void Dispose()
    {
        output.WriteLine("X6: cases=1");
        _ours.Dispose();
        _foreign.Dispose();
    }

    [Fact]
    public void PlainClient_ToTlsPort_IsRefusedByBoth() =>
        AssertRefused(client: null, server: _ours.Issue("server"), Transport.Sockets.Limits.PeerUsesTls, "the peer does not use TLS here");

    [Fact]
    public void TlsClient_ToPlainPort_IsRefusedByBoth() =>
        AssertRefused(client: _ours.Issue("client"), server: null, "the peer does not use TLS here", Transport.Sockets.Limits.PeerUsesTls);

    [Fact]
    public void Client_OfAForeignAuthority_IsRefused() =>
        AssertRefused(
            _foreign.Issue("client") with { CaFile = _ours.CaFile }, _ours.Issue("server"), "alert unknown ca", "unable to get local issuer certificate");

    [Fact]
    public void Server_OfAForeignAuthority_IsRefused() =>
        AssertRefused(
            _ours.Issue("client"), _foreign.Issue("server") with { CaFile = _ours.CaFile }, "unable to get local issuer certificate", "alert unknown ca");

    [Fact]
    public void Client_WithExpiredCertificate_IsRefused() =>
        AssertRefused(_ours.Issue("client", -3, -2), _ours.Issue("server"), "alert certificate expired", "certificate has expired");

    [Fact]
    public void Server_OfAnotherName_IsRefused() =>
        AssertRefused(_ours.Issue("client") with { PeerName = "engine" }, _ours.Issue("server"), "hostname mismatch", "alert");

    [Fact]
    public void Client_OfAnOlderVersion_IsRefused() =>
        AssertRefused(_ours.Issue("client") with { Version = LibSsl.TLS1_2_VERSION }, _ours.Issue("server"), "alert protocol version", "unsupported protocol");

    [Fact]
    public void Server_OfAnOlderVersion_IsRefused() =>
        AssertRefused(_ours.Issue("client"), _ours.Issue("server") with { Version = LibSsl.TLS1_2_VERSION }, "alert protocol version", "unsupported protocol");

    /// <summary>Somebody between the two takes TLS 1.3 out of what the client offers: no older version is agreed on.</summary>
    [Fact]
    public void Offer_StrippedOfTheNewestVersionOnTheWay_IsRefused()
    {
        byte[] hello = FirstRecordOf(_ours.Issue("client"));
        int offer = hello.AsSpan().IndexOf<byte>([0x00, 0x2b, 0x00, 0x03, 0x02, 0x03, 0x04]);
        Assert.True(offer > 0, "the client's hello offers more than TLS 1.3");
        using var server = new ScriptedServer(tls: _ours.Issue("server"));
        int untouched = server.ConnectMute();
        server.Feed(untouched, hello);
        Assert.False(server.Reactor.IsClosed(untouched));

        hello[offer + 6] = 0x03;
        int stripped = server.ConnectMute();
        server.Feed(stripped, hello);
        server.Run();
        Assert.True(server.Reactor.IsClosed(stripped));
        Assert.Contains("unsupported protocol", server.Context.Statistics.LastFailure, StringComparison.Ordinal);
        Assert.Empty(server.Handler.Accepted);
    }

    [Fact]
    public void Client_OfAnotherProtocol_IsRefused() =>
        AssertRefused(_ours.Issue("client") with { Protocol = "h2" }, _ours.Issue("server"), "alert no application protocol", "no application protocol");

    [Fact]
    public void Server_OfTheNameAskedFor_IsAccepted()
    {
        using var pair = new SimulatedPair(
            1, "tcp://127.0.0.1:0", provider: Provider(_ours.Issue("client") with { PeerName = "engine" }), serverProvider: Provider(_ours.Issue("engine")));
        Assert.True(pair.Connect().Near.IsOpen);
    }

    [Fact]
    public void Mute_AfterTheFirstRecord_IsClosedInTime()
    {
        using var server = new ScriptedServer(tls: _ours.Issue("server"));
        int socket = server.ConnectMute();
        server.Feed(socket, [0x16, 0x03, 0x01, 0x01, 0x00, 0x01]);
        Assert.False(server.Reactor.IsClosed(socket));
        server.Reactor.Advance(6_000_000_000);
        server.Run();
        server.Reactor.Advance(1_000_000_000);
        server.Run();
        Assert.True(server.Reactor.IsClosed(socket));
        Assert.Equal(1, server.Context.Statistics.TimedOut);
    }

    [Fact]
    public void Garbage_ToTlsPort_IsClosed()
    {
        using var server = new ScriptedServer(tls: _ours.Issue("server"));
        var random = new SeededRandom(8);
        var garbage = new byte[3000];
        for (int i = 0; i < 200; i++)
        {
            random.Fill(garbage);
            int socket = server.ConnectMute();
            server.Feed(socket, garbage);
            server.Run();
            Assert.True(server.Reactor.IsClosed(socket), $"connection {i}");
        }

        Assert.Empty(server.Handler.Accepted);
    }

    [Fact]
    public void Unix_WithTlsOptions_StaysPlain()
    {
        using var pair = new SimulatedPair(
            1, "unix:///run/s", provider: Provider(_ours.Issue("client")), serverProvider: Provider(null));
        Assert.True(pair.Connect().Near.IsOpen);
    }

    [Fact]
    public void Files_ThatCannotBeUsed_AreNamedWithTheReason()
    {
        TlsOptions good = _ours.Issue("node");
        TlsOptions other = _ours.Issue("other");
        string text = _ours.Write("text.pem", "nothing in here");
        AssertUnusable(good with { CaFile = "/nowhere/ca.pem" }, "/nowhere/ca.pem", "CA file (");
        AssertUnusable(good with { CertificateFile = text }, text, "certificate file (no start line)");
        AssertUnusable(good with { KeyFile = text }, text, "key file (");
        AssertUnusable(good with { KeyFile = other.KeyFile }, other.KeyFile, "key file (key values mismatch)");
    }

    [Fact]
    public void Library_Missing_IsOneSentenceAndPlainTcpWorks()
    {
        DaosException exception = Assert.Throws<DaosException>(() => TlsContext.Create(_ours.Issue("node"), static () => false));
        Assert.Contains("OpenSSL 3 is not installed", exception.Message, StringComparison.Ordinal);
    }

    private static unsafe byte[] FirstRecordOf(TlsOptions options)
    {
        var loop = new OwnerLoop("client", new IdleReactor(), new OwnerLoopOptions());
        using var pool = new SegmentPool("client", 32 * 1024, connectionsMax: 1, sharedBytes: 8 * 32 * 1024);
        using TlsContext context = TlsContext.Create(options);
        using TlsRecordLayer client = context.CreateLayer(isServer: false)!;
        var sent = new SegmentBuffer(loop, pool);
        Assert.Equal(DerCode.Success, client.Start(sent));
        byte[] record = new ReadOnlySpan<byte>(sent.Head!.Address + sent.Head.Start, (int)sent.LengthBytes).ToArray();
        sent.Clear();
        return record;
    }

    private static SocketsProvider Provider(TlsOptions? tls) => new() { Tls = tls };

    private static void AssertUnusable(TlsOptions options, string path, string reason)
    {
        DaosException exception = Assert.Throws<DaosException>(() => TlsContext.Create(options));
        Assert.Equal(DerCode.Invalid, exception.Code);
        Assert.Contains(path, exception.Message, StringComparison.Ordinal);
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
    }

    private static void AssertRefused(TlsOptions? client, TlsOptions? server, string clientReason, string serverReason)
    {
        using var pair = new SimulatedPair(2, "tcp://127.0.0.1:0", provider: Provider(client), serverProvider: Provider(server));
        long beganNs = pair.World.NowNs;
        DerResult<TransportConnection> result = pair.Wait(
            pair.ClientLoop, () => pair.Client.ConnectAsync(pair.Address, pair.ClientLoop.Clock.MonotonicNs + 20_000_000_000));
        Assert.Equal(DerCode.NoPerm, result.Code);
        Assert.InRange(pair.World.NowNs - beganNs, 0, 1_000_000_000);
        pair.Settle();
        Assert.Contains(clientReason, pair.Client.Statistics.LastFailure, StringComparison.OrdinalIgnoreCase);
        Assert.Contains(serverReason, pair.Server.Statistics.LastFailure, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(1, pair.Server.Statistics.SecurityFailures);
        Assert.Equal(0, pair.Server.Statistics.Connections);
        Assert.Empty(pair.ServerHandler.Accepted);
        Assert.Empty(pair.ServerHandler.Messages);
    }
}
