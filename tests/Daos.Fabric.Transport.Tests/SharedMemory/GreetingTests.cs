using System.Net.Sockets;

namespace Daos.Fabric.Transport.Tests.SharedMemory;

/// <summary>A peer that goes away, or says something else, before the rings exist: the call ends with a code and nothing is left.</summary>
[Collection(LeftBehind.Name)]
public sealed class GreetingTests
{
    private const int Rounds = 20;

    [Theory]
    [InlineData(0, false)]
    [InlineData(0, true)]
    [InlineData(7, true)]
    [InlineData(200, true)]
    public void Listener_ThatClosesWithoutAGreeting_EndsTheConnect(int garbageBytes, bool reads)
    {
        using var pair = new SharedMemoryPair("uring");
        using Socket listener = Listen(pair, "mute");
        var uri = TransportUri.Parse("shm://mute");
        (int Descriptors, int Mappings) before = default;
        for (int round = 0; round < Rounds; round++)
        {
            Task<DerResult<TransportConnection>> connecting =
                pair.Begin(pair.ClientLoop, () => pair.Client.ConnectAsync(uri, pair.ClientLoop.Clock.MonotonicNs + 10_000_000_000));
            pair.RunUntil(() => listener.Poll(0, SelectMode.SelectRead), "a caller");
            using (Socket peer = listener.Accept())
            {
                pair.Turn();
                if (reads)
                {
                    peer.Receive(new byte[512]);
                }

                peer.Send(new byte[garbageBytes]);
            }

            pair.RunUntil(() => connecting.IsCompleted, "the end of the connect");
            Assert.True(connecting.Result.Code is var code && (code == DerCode.Unreachable || code == DerCode.Protocol), connecting.Result.Code.ToString());
            pair.Settle();
            Assert.Equal("", pair.DescribeHeld());
            before = round == 0 ? LeftBehind.Count() : before;
        }

        Assert.Equal(before, LeftBehind.Count());
        Assert.Equal(0, pair.ClientContext.ConnectionCount);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(200)]
    public void Caller_ThatClosesWithoutAGreeting_IsForgotten(int garbageBytes)
    {
        using var pair = new SharedMemoryPair("uring");
        (int Descriptors, int Mappings) before = default;
        for (int round = 0; round < Rounds; round++)
        {
            using (var caller = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
            {
                caller.Connect(new UnixDomainSocketEndPoint(PathOf(pair, "server")));
                pair.Turn();
                caller.Send(new byte[garbageBytes]);
            }

            pair.Settle();
            Assert.Equal("", pair.DescribeHeld());
            before = round == 0 ? LeftBehind.Count() : before;
        }

        Assert.Equal(before, LeftBehind.Count());
        Assert.Empty(pair.ServerHandler.Accepted);
        Assert.Equal(0, pair.ServerContext.ConnectionCount);
    }

    private static Socket Listen(SharedMemoryPair pair, string name)
    {
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(PathOf(pair, name)));
        listener.Listen();
        return listener;
    }

    private static string PathOf(SharedMemoryPair pair, string name) => Path.Combine(pair.Directory, "names", name);
}
