using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;

namespace Daos.Fabric.Reactor.Tests.Conformance;

/// <summary>A crowd waits in the kernel, where it costs this process no descriptors, until its connections are handed over one after the other.</summary>
[SupportedOSPlatform("linux")]
public sealed class AcceptBoundTests
{
    private const int Crowd = 60;

    // What one look at the system may bring before it is handed over: a few, however many wait.
    private const int AheadMax = 8;

    [Theory]
    [InlineData("uring")]
    [InlineData("epoll")]
    [InlineData("portable")]
    public void Accept_ACrowdWaits_IsNotAheadOfWhatItHandsOver(string kind)
    {
        using var fixture = new RealFixture(kind);
        ListenerHandle listener = fixture.Reactor.Listen(fixture.AnyTcp, 2 * Crowd).Value;
        List<Socket> clients = Connect(listener.Address.Port);
        Assert.Equal(Crowd, WaitingAt(listener.Address.Port));
        int handed = 0;
        int aheadMost = 0;
        var accept = new RecordingOperation();
        accept.OnComplete = (result, _) =>
        {
            if (result >= 0)
            {
                aheadMost = Math.Max(aheadMost, Crowd - WaitingAt(listener.Address.Port) - handed);
                handed++;
                fixture.Reactor.Close(result);
            }
        };
        fixture.Do(() => fixture.Reactor.Accept(listener.Descriptor, accept));
        fixture.Until(() => handed == Crowd);
        fixture.Do(() => fixture.Reactor.Cancel(accept));
        fixture.Until(() => accept.IsDone);
        fixture.Reactor.Close(listener.Descriptor);
        clients.ForEach(client => client.Dispose());
        Assert.InRange(aheadMost, 1, AheadMax);
    }

    private static List<Socket> Connect(int port)
    {
        var clients = new List<Socket>();
        for (int i = 0; i < Crowd; i++)
        {
            var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            client.Connect(IPAddress.Loopback, port);
            clients.Add(client);
        }

        return clients;
    }

    // The table's receive queue of a listening socket counts the connections that wait to be accepted.
    private static int WaitingAt(int port)
    {
        string local = string.Create(CultureInfo.InvariantCulture, $":{port:X4}");
        const string Listening = "0A";
        foreach (string line in File.ReadLines("/proc/net/tcp"))
        {
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields[1].EndsWith(local, StringComparison.Ordinal) && fields[3] == Listening)
            {
                return int.Parse(fields[4].Split(':')[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            }
        }

        throw new InvalidOperationException("nobody listens there");
    }
}
