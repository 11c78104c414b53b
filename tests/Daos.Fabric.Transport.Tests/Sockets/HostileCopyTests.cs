using System.Buffers.Binary;
using System.Net.Sockets;

namespace Daos.Fabric.Transport.Tests.Sockets;

/// <summary>What a peer may say about copies between processes, said by hand over a unix socket.</summary>
public sealed unsafe class HostileCopyTests
{
    private const ulong Nowhere = 0x1000;
    private const int Length = 200_000;

    [Fact]
    public void CopyRequest_OfMemoryThatIsNotThere_IsAnsweredAndTheConnectionStays()
    {
        using var memory = new NativeBlock(Length);
        using var pair = new RealPair("uring", unix: true);
        using Socket socket = Greet(pair, memory, memory: 77, says: 77);
        RemoteMemory remote = Register(pair, memory);
        Tell(pair, socket, Frames.Frame(Frames.CopyRequest, Range(remote.Key, Length, Nowhere), argument: 3));
        AssertEnd(pair, socket, 3, DerCode.NotSupported);
        Assert.True(pair.ServerHandler.Accepted[0].IsOpen);
    }

    [Fact]
    public void CopyRequest_PeerThatCannotBeReached_IsAnswered()
    {
        using var memory = new NativeBlock(Length);
        using var pair = new RealPair("uring", unix: true);
        using Socket socket = Greet(pair, memory, memory: 77, says: 78);
        RemoteMemory remote = Register(pair, memory);
        Tell(pair, socket, Frames.Frame(Frames.CopyRequest, Range(remote.Key, Length, (ulong)memory.Address), argument: 3));
        AssertEnd(pair, socket, 3, DerCode.NotSupported);
        Assert.Equal(0, pair.Server.Statistics.CopiedBytes);
    }

    [Theory]
    [InlineData(Frames.CopyRequest)]
    [InlineData(Frames.AddressRequest)]
    [InlineData(Frames.Copied)]
    public void Range_TheKeyDoesNotAllow_NoPerm(byte kind)
    {
        using var memory = new NativeBlock(Length);
        using var pair = new RealPair("epoll", unix: true);
        using Socket socket = Greet(pair, memory, memory: 77, says: 77);
        RemoteMemory remote = Register(pair, memory);
        foreach ((ulong key, ulong length) in ((ulong, ulong)[])[(remote.Key ^ (1UL << 40), Length), (remote.Key, Length + 1), (remote.Key, ulong.MaxValue)])
        {
            byte[] range = Range(key, length, (ulong)memory.Address);
            Tell(pair, socket, Frames.Frame(kind, kind == Frames.CopyRequest ? range : range[..24], argument: 4));
            AssertEnd(pair, socket, 4, DerCode.NoPerm);
        }

        Assert.Equal(0, pair.Server.Statistics.CopiedBytes);
    }

    [Theory]
    [InlineData(Frames.CopyRequest, 32)]
    [InlineData(Frames.AddressRequest, 24)]
    [InlineData(Frames.Copied, 24)]
    [InlineData(Frames.Address, 8)]
    public void Frame_NotAgreedOn_ClosesWithProto(byte kind, int payloadBytes)
    {
        using var server = new ScriptedServer();
        int socket = server.Connect();
        server.Feed(socket, Frames.Frame(kind, new byte[payloadBytes]));
        Assert.False(server.Handler.Accepted[0].IsOpen);
        Assert.Equal(DerCode.Protocol, server.Handler.Closed[0].Reason);
    }

    [Theory]
    [InlineData(Frames.Address, 8)]
    [InlineData(Frames.CopyRequest, 24)]
    [InlineData(Frames.AddressRequest, 32)]
    public void Frame_ThatNobodyAskedForOrOfAnotherLength_Closes(byte kind, int payloadBytes)
    {
        using var memory = new NativeBlock(Length);
        using var pair = new RealPair("uring", unix: true);
        using Socket socket = Greet(pair, memory, memory: 77, says: 77);
        Tell(pair, socket, Frames.Frame(kind, new byte[payloadBytes]));
        pair.RunUntil(() => pair.ServerHandler.Closed.Count == 1, "the end");
        Assert.Equal(DerCode.Protocol, pair.ServerHandler.Closed[0].Reason);
    }

    [Fact]
    public void Hello_ThatPromisesAProbeAndHasNone_IsRefused()
    {
        using var server = new ScriptedServer();
        int socket = server.ConnectMute();
        server.Feed(socket, Frames.HelloFrame(features: 3));
        Assert.Empty(server.Handler.Accepted);
    }

    private static RemoteMemory Register(RealPair pair, NativeBlock block)
    {
        using OwnerThread.EnterScope scope = pair.ServerLoop.Enter();
        return pair.Server.Register(
            pair.ServerHandler.Accepted[0], block.Address, block.LengthBytes, MemoryAccess.RemoteRead | MemoryAccess.RemoteWrite);
    }

    private static byte[] Range(ulong key, ulong length, ulong address)
    {
        var payload = new byte[32];
        BinaryPrimitives.WriteUInt64LittleEndian(payload, key);
        BinaryPrimitives.WriteUInt64LittleEndian(payload.AsSpan(16), length);
        BinaryPrimitives.WriteUInt64LittleEndian(payload.AsSpan(24), address);
        return payload;
    }

    // A connection that was accepted; the server's hello has been read.
    private static Socket Greet(RealPair pair, NativeBlock block, ulong memory, ulong says)
    {
        *(ulong*)block.Address = memory;
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(pair.Address.Rest));
        socket.Send(Frames.HelloFrame(features: 3, probeAddress: (ulong)block.Address, probeValue: says));
        pair.RunUntil(() => pair.ServerHandler.Accepted.Count == 1, "accept");
        Assert.Equal(Frames.Hello, Hear(pair, socket)[0].Kind);
        return socket;
    }

    private static void Tell(RealPair pair, Socket socket, byte[] frame)
    {
        socket.Send(frame);
        pair.Turn();
    }

    private static List<(byte Kind, byte Flags, uint Argument, byte[] Payload, uint Status)> Hear(RealPair pair, Socket socket)
    {
        pair.RunUntil(() => socket.Available > 0, "an answer");
        pair.Settle();
        var bytes = new byte[socket.Available];
        Assert.Equal(bytes.Length, socket.Receive(bytes));
        return Frames.Parse(bytes);
    }

    private static void AssertEnd(RealPair pair, Socket socket, uint transfer, DerCode code)
    {
        var frame = Assert.Single(Hear(pair, socket));
        Assert.Equal((Frames.TransferEnd, transfer, code.Value), (frame.Kind, frame.Argument, BitConverter.ToInt32(frame.Payload)));
    }
}
