using System.Text;

namespace Daos.Fabric.Transport.Tests.Sockets;

public sealed class FramingTests
{
    [Fact]
    public void Connect_First_SendsTheGoldenHello()
    {
        using var server = new ScriptedServer();
        int socket = server.ConnectMute();
        server.Run();
        byte[] sent = [.. server.Reactor.SentOn(socket)];
        byte[] expected = Frames.HelloFrame();

        // The connection's random id, and the checksum over it, are the only bytes that differ.
        sent.AsSpan(32, 8).CopyTo(expected.AsSpan(32));
        expected.AsSpan(8, 4).Clear();
        BitConverter.TryWriteBytes(expected.AsSpan(8), Core.Checksums.Crc32C.Compute(expected));
        Assert.Equal(expected, sent);
        Assert.Equal("28000000010000", Convert.ToHexString(sent.AsSpan(0, 7)));
        Assert.Equal("4446540001000100", Convert.ToHexString(sent.AsSpan(16, 8)));
    }

    [Fact]
    public void Message_Golden_IsHeaderPayloadPadding()
    {
        using var server = new ScriptedServer();
        int socket = server.Connect();
        server.On(() =>
        {
            "hello"u8.CopyTo(server.Handler.Accepted[0].BeginMessage(100));
            server.Handler.Accepted[0].EndMessage(5);
        });
        server.Run();
        Assert.Equal(Frames.Frame(Frames.Message, "hello"u8), server.Reactor.SentOn(socket));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(17)]
    [InlineData(100_000)]
    public void Feed_InPiecesOfAnySize_DeliversEveryMessage(int pieceBytes)
    {
        using var server = new ScriptedServer();
        int socket = server.ConnectMute();
        var expected = new List<byte[]>();
        var stream = new List<byte>(Frames.HelloFrame());
        for (int i = 0; i < 200; i++)
        {
            expected.Add(Pair.Pattern(i, i));
            stream.AddRange(Frames.Frame(Frames.Message, expected[i]));
        }

        server.Feed(socket, stream.ToArray(), pieceBytes);
        Assert.Equal(expected, server.Handler.Messages);
    }

    [Fact]
    public void Message_OneAboveTheLimit_ClosesWithProto()
    {
        using var server = new ScriptedServer();
        int socket = server.Connect();
        server.Feed(socket, Frames.Frame(Frames.Message, new byte[65_536]));
        Assert.Single(server.Handler.Messages);
        server.Feed(socket, Frames.Frame(Frames.Message, new byte[65_537]));
        AssertClosed(server, socket, DerCode.Protocol);
    }

    [Fact]
    public void Message_OneBitFlipped_ClosesWithCsumAndIsNotDelivered()
    {
        for (int bit = 0; bit < 8 * 32; bit++)
        {
            using var server = new ScriptedServer();
            int socket = server.Connect();
            byte[] frame = Frames.Frame(Frames.Message, new byte[16]);
            frame[bit / 8] ^= (byte)(1 << (bit % 8));
            server.Feed(socket, frame);
            server.Feed(socket, new byte[70_000]);
            Assert.Empty(server.Handler.Messages);
            Assert.Single(server.Handler.Closed);
            Assert.Contains(server.Handler.Closed[0].Reason, new[] { DerCode.Protocol, DerCode.Checksum });
        }
    }

    [Fact]
    public void Hello_NewerVersionOnly_IsRefusedWithAReason()
    {
        using var server = new ScriptedServer();
        int socket = server.ConnectMute();
        server.Feed(socket, Frames.HelloFrame(2, 3));
        Assert.Empty(server.Handler.Accepted);
        Assert.True(server.Reactor.IsClosed(socket));
        (byte kind, _, uint code, byte[] text, _) = server.Sent(socket)[^1];
        Assert.Equal(Frames.Goodbye, kind);
        Assert.Equal(DerCode.Protocol.Value, (int)code);
        Assert.Equal("the peer speaks wire versions 2 to 3, this side speaks 1", Encoding.UTF8.GetString(text));
        Assert.Empty(server.Handler.Closed);
    }

    [Fact]
    public void Hello_VersionRangeWithOurs_IsAccepted()
    {
        using var server = new ScriptedServer();
        int socket = server.ConnectMute();
        server.Feed(socket, Frames.HelloFrame(1, 9));
        Assert.Single(server.Handler.Accepted);
    }

    [Fact]
    public void Hello_SmallerMessagesThanOurs_IsRefused()
    {
        using var server = new ScriptedServer();
        int socket = server.ConnectMute();
        server.Feed(socket, Frames.HelloFrame(messageMax: 4096));
        Assert.True(server.Reactor.IsClosed(socket));
        Assert.Empty(server.Handler.Accepted);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")]
    public void Hello_SomethingElse_ClosesWithProto(string text)
    {
        using var server = new ScriptedServer();
        int socket = server.ConnectMute();
        server.Feed(socket, Encoding.Latin1.GetBytes(text));
        Assert.True(server.Reactor.IsClosed(socket));
        Assert.Equal(DerCode.Protocol.Value, (int)server.Sent(socket)[^1].Argument);
    }

    [Fact]
    public void Hello_NeverComes_ClosesAtTheDeadline()
    {
        using var server = new ScriptedServer();
        int socket = server.ConnectMute();
        server.Run();
        server.Reactor.Advance(4_900_000_000);
        server.Run();
        Assert.False(server.Reactor.IsClosed(socket));
        server.Reactor.Advance(200_000_000);
        server.Run();
        Assert.True(server.Reactor.IsClosed(socket));
    }

    [Fact]
    public void Message_BeforeHello_ClosesWithProto()
    {
        using var server = new ScriptedServer();
        int socket = server.ConnectMute();
        server.Feed(socket, Frames.Frame(Frames.Message, [1]));
        Assert.True(server.Reactor.IsClosed(socket));
        Assert.Empty(server.Handler.Messages);
    }

    public static TheoryData<string, byte[]> WrongFrames => new()
    {
        { "second hello", Frames.HelloFrame() },
        { "kind 0", Frames.Frame(0, [1]) },
        { "kind 8", Frames.Frame(8, [1]) },
        { "kind 255", Frames.Frame(255, [1]) },
        { "message with flags", Frames.Frame(Frames.Message, [1], flags: 1) },
        { "message with argument", Frames.Frame(Frames.Message, [1], argument: 1) },
        { "reserved set", Frames.Frame(Frames.Message, [1], reserved: 1) },
        { "short read request", Frames.Frame(Frames.ReadRequest, new byte[16]) },
        { "long read request", Frames.Frame(Frames.ReadRequest, new byte[32]) },
        { "short transfer end", Frames.Frame(Frames.TransferEnd, new byte[4]) },
        { "end of nothing", Frames.TransferEndFrame(0, 0) },
        { "end of nothing, error", Frames.TransferEndFrame(77, -1001) },
        { "data not asked for", Frames.ReadDataFrame(0, 0, [1, 2, 3]) },
        { "empty data", Frames.ReadDataFrame(0, 0, []) },
        { "data beyond the chunk limit", Frames.ReadDataFrame(0, 0, new byte[262_145]) },
        { "write beyond its transfer", Frames.WriteChunkFrame(0, 1, 0, 4, 2, [1, 2, 3]) },
        { "write without last", Frames.WriteChunkFrame(0, 1, 0, 3, 0, [1, 2, 3], flags: 0) },
        { "write with last too early", Frames.WriteChunkFrame(0, 1, 0, 4, 0, [1, 2, 3]) },
        { "write with a status", Frames.WriteChunkFrame(0, 1, 0, 3, 0, [1, 2, 3], status: -1001) },
        { "write above 2 GiB", Frames.WriteChunkFrame(0, 1, 0, 0x8000_0003, 0x8000_0000, [1, 2, 3]) },
        { "goodbye that is too long", Frames.Frame(Frames.Goodbye, new byte[241]) },
    };

    [Theory]
    [MemberData(nameof(WrongFrames))]
    public void Frame_NotAllowed_ClosesWithProto(string what, byte[] frame)
    {
        using var server = new ScriptedServer();
        int socket = server.Connect();
        server.Feed(socket, frame);
        Assert.True(server.Handler.Closed.Count == 1, what);
        AssertClosed(server, socket, DerCode.Protocol);
    }

    [Fact]
    public void Goodbye_FromPeer_ClosesWithUnreach()
    {
        using var server = new ScriptedServer();
        int socket = server.Connect();
        server.Feed(socket, Frames.Frame(Frames.Goodbye, "bye"u8, argument: unchecked((uint)DerCode.Protocol.Value)));
        Assert.Equal(DerCode.Unreachable, server.Handler.Closed[0].Reason);
        Assert.True(server.Reactor.IsClosed(socket));
    }

    [Fact]
    public void Close_PeerTakesNothing_EndsAfterTheLinger()
    {
        using var server = new ScriptedServer();
        int socket = server.Connect();
        server.Reactor.HoldSends = true;
        server.On(() => server.Handler.Accepted[0].Close(DerCode.Canceled));
        server.Run();
        Assert.Empty(server.Handler.Closed);
        server.Reactor.Advance(250_000_000);
        server.Run();
        Assert.Equal(DerCode.Canceled, server.Handler.Closed[0].Reason);
        Assert.True(server.Reactor.IsClosed(socket));
    }

    [Fact]
    public void Turn_ManyMessages_LeaveInOneSend()
    {
        using var server = new ScriptedServer();
        int socket = server.Connect();
        server.Reactor.HoldSends = true;
        server.On(() =>
        {
            for (int i = 0; i < 500; i++)
            {
                server.Handler.Accepted[0].BeginMessage(500).Clear();
                server.Handler.Accepted[0].EndMessage(500);
            }
        });
        server.Run(2);
        server.Reactor.ReleaseSend(socket, int.MaxValue);
        Assert.Equal(500, server.Sent(socket).Count);
        server.Run();
        Assert.False(server.Reactor.IsSending(socket));
    }

    private static void AssertClosed(ScriptedServer server, int socket, DerCode reason)
    {
        Assert.Equal(reason, server.Handler.Closed[0].Reason);
        Assert.True(server.Reactor.IsClosed(socket));
        (byte kind, _, uint code, _, _) = server.Sent(socket)[^1];
        Assert.Equal((Frames.Goodbye, reason.Value), (kind, (int)code));
    }
}
