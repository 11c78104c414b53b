using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Daos.Fabric.Reactor.Portable;
using NativeSocket = Daos.Fabric.Reactor.Native.Socket;

namespace Daos.Fabric.Reactor.Tests.Conformance;

/// <summary>What waits unsent in the system is bounded on both ends of a TCP connection.</summary>
[SupportedOSPlatform("linux")]
public sealed unsafe class UnsentBoundTests
{
    [Theory]
    [InlineData("uring")]
    [InlineData("epoll")]
    public void Connection_OfEitherEnd_IsBounded(string kind)
    {
        using var fixture = new RealFixture(kind);
        var accept = new RecordingOperation();
        var connect = new RecordingOperation();
        ListenerHandle listener = fixture.Reactor.Listen(fixture.AnyTcp, 4).Value;
        using (fixture.Loop.Enter())
        {
            fixture.Reactor.Accept(listener.Descriptor, accept);
            fixture.Reactor.Connect(listener.Address, connect);
        }

        fixture.Until(() => accept.Results.Count > 0 && connect.Results.Count > 0);
        Assert.Equal(Reactor.UnsentBytesMax, BoundOf(accept.Results[0]));
        Assert.Equal(Reactor.UnsentBytesMax, BoundOf(connect.Results[0]));
        fixture.Reactor.Close(accept.Results[0]);
        fixture.Reactor.Close(connect.Results[0]);
    }

    [Fact]
    public void Portable_Connection_IsBounded()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new System.Net.Sockets.Socket(SocketType.Stream, ProtocolType.Tcp);
        client.Connect(listener.LocalEndpoint);
        PortableEndPoints.Prepare(client);
        Assert.Equal(Reactor.UnsentBytesMax, BoundOf((int)client.Handle));
    }

    private static int BoundOf(int socket)
    {
        int value = 0;
        uint length = sizeof(int);
        Assert.Equal(0, NativeSocket.getsockopt(socket, NativeSocket.IPPROTO_TCP, NativeSocket.TCP_NOTSENT_LOWAT, &value, &length));
        return value;
    }
}
