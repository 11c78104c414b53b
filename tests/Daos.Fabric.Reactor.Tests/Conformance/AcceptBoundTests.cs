using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Daos.Fabric.Core.Buffers;

namespace Daos.Fabric.Reactor.Tests.Conformance;

/// <summary>A crowd waits in the kernel, where it costs this process no descriptors, until its connections are handed over one after the other.</summary>
[SupportedOSPlatform("linux")]
public sealed unsafe class AcceptBoundTests
{
    private const int Crowd = 60;
    private const int Idle = 60;

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
        using var memory = new NativeSlab(Idle);
        List<int> idle = [];
        var accept = new RecordingOperation();
        accept.OnComplete = (result, _) => idle.Add(result);
        fixture.Do(() => fixture.Reactor.Accept(listener.Descriptor, accept));
        List<Socket> clients = Connect(listener.Address.Port, Idle);
        fixture.Until(() => idle.Count == Idle);
        fixture.Do(() => fixture.Reactor.Cancel(accept));
        fixture.Until(() => accept.IsDone);
        idle.Remove(accept.Result);

        // Calls under way on other sockets are no leave to take as many connections.
        List<RecordingOperation> receives = [];
        fixture.Do(() =>
        {
            foreach (int socket in idle)
            {
                receives.Add(new RecordingOperation());
                fixture.Reactor.Receive(socket, memory.Address, 1, receives[^1]);
            }
        });
        clients.AddRange(Connect(listener.Address.Port, Crowd));
        Assert.Equal(Crowd, WaitingAt(listener.Address.Port));
        int handed = 0;
        int aheadMost = 0;
        accept = new RecordingOperation();
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
        fixture.Until(() => receives.TrueForAll(receive => receive.IsDone));
        idle.ForEach(fixture.Reactor.Close);
        Assert.InRange(aheadMost, 1, AheadMax);
    }

    private static List<Socket> Connect(int port, int count)
    {
        var clients = new List<Socket>();
        for (int i = 0; i < count; i++)
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
