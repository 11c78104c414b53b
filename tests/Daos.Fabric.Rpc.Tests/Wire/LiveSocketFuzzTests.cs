using System.Diagnostics;
using System.Net.Sockets;
using Daos.Fabric.TestKit.Runs;
using Daos.Fabric.Transport.Sockets;

namespace Daos.Fabric.Rpc.Tests.Wire;

/// <summary>W2: malformed frames against a live server on the machine's reactor and a unix socket, while a good client goes on.</summary>
public sealed class LiveSocketFuzzTests(ITestOutputHelper output)
{
    // One unit; ten thousand frames are 10.
    private const int Frames = 1_000;
    private const int AtOnce = 20;

    [Fact]
    [Trait("Id", "W2")]
    public void MalformedFrames_TenThousand_OffendersClosedOthersUnaffected()
    {
        string directory = Directory.CreateTempSubdirectory("daos-w2-").FullName;
        try
        {
            var run = new SeededRun("W2", "socket", t0: 10, t1: 200, output.WriteLine, seed: 20_251_121);
            run.Run((seed, counts) => Run($"{directory}/s{seed}", seed, counts));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static void Run(string path, ulong seed, RunCounts counts)
    {
        var provider = new SocketsProvider();
        var serverLoop = new OwnerLoop("server", ReactorFactory.Create(), new OwnerLoopOptions());
        var clientLoop = new OwnerLoop("client", ReactorFactory.Create(), new OwnerLoopOptions());
        var server = new RpcContext(serverLoop, RpcWorld.Options(), [provider], new HybridLogicalClock(SystemClock.Instance));
        var client = new RpcContext(clientLoop, RpcWorld.Options(), [provider], null);
        TransportUri uri = server.Listen(TransportUri.Parse($"unix://{path}")).Value;
        var serverThread = new OwnerLoopThread(serverLoop);
        var clientThread = new OwnerLoopThread(clientLoop);
        serverThread.Start();
        clientThread.Start();
        var good = new GoodClient(client, uri);
        Assert.True(clientLoop.TryPost(good));
        SpinUntil(() => Volatile.Read(ref good.Echoes) > 10, "the good client's first echoes");

        long memoryBefore = GC.GetTotalMemory(forceFullCollection: true);
        int closed = Attack(path, seed);
        long echoesAfterAttack = Volatile.Read(ref good.Echoes);
        SpinUntil(() => Volatile.Read(ref good.Echoes) > echoesAfterAttack + 100, "echoes after the attack");
        var watch = new ServerWatch(server);
        SpinUntil(
            () =>
            {
                watch.Look();
                return watch.Connections == 1;
            },
            "the end of the offenders' descriptors");
        good.Stop = true;
        SpinUntil(() => good.IsDone, "the good client's end");
        long memoryGrowth = GC.GetTotalMemory(forceFullCollection: true) - memoryBefore;

        clientThread.StopAndJoin();
        serverThread.StopAndJoin();
        long leaked = server.RequestsActive + client.CallsRented;
        counts.Add("frames", Frames);
        counts.Add("closed", closed);
        counts.Add("survivors_ok", good.Echoes);
        counts.Add("leaked", leaked);
        counts.Add("malformed", server.Statistics.MalformedMessages);
        Assert.Equal(Frames, closed);
        Assert.Equal(DerCode.Success, good.Failure);
        Assert.Equal(0, leaked);
        Assert.Equal(0, serverLoop.UnhandledCount);

        // One kind of ten is refused at its hello, three more by the transport, six by the message layer.
        Assert.Equal(1 + (Frames / 10 * 9), server.Statistics.ConnectionsAccepted);
        Assert.Equal(Frames / 10 * 6, server.Statistics.MalformedMessages);
        Assert.InRange(memoryGrowth, long.MinValue, 16 << 20);
        client.Dispose();
        server.Dispose();
    }

    private static int Attack(string path, ulong seed)
    {
        var random = new SeededRandom(seed);
        var attack = new MalformedFrames(random);
        var endpoint = new UnixDomainSocketEndPoint(path);
        var sockets = new Socket[AtOnce];
        byte[] drain = new byte[4096];
        int closed = 0;
        for (int first = 0; first < Frames; first += AtOnce)
        {
            for (int i = 0; i < AtOnce; i++)
            {
                sockets[i] = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = 20_000, SendTimeout = 20_000 };
                sockets[i].Connect(endpoint);
                Send(sockets[i], attack.Next(first + i));
            }

            foreach (Socket socket in sockets)
            {
                closed += EndsBy(socket, drain) ? 1 : 0;
                socket.Dispose();
            }
        }

        return closed;
    }

    private static void Send(Socket socket, byte[] bytes)
    {
        try
        {
            socket.Send(bytes);
        }
        catch (SocketException)
        {
            // Closed while we were still talking; EndsBy sees the same.
        }
    }

    private static bool EndsBy(Socket socket, byte[] drain)
    {
        try
        {
            while (socket.Receive(drain) > 0)
            {
            }

            return true;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode == SocketError.ConnectionReset;
        }
    }

    private static void SpinUntil(Func<bool> condition, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), $"{what} did not come");
            Thread.Yield();
        }
    }

    /// <summary>Echoes all the time on its own loop and compares what comes back.</summary>
    private sealed class GoodClient(RpcContext context, TransportUri uri) : WorkItem
    {
        internal long Echoes;
        internal volatile bool Stop;
        internal volatile bool IsDone;

        internal DerCode Failure { get; private set; }

        protected override void Execute() => context.Loop.Spawn(RunAsync());

        [AsyncMethodBuilder(typeof(UltMethodBuilder))]
        private async ValueTask RunAsync()
        {
            RpcEndpoint endpoint = context.EndpointOf(uri, 2).Value;
            byte[] payload = new byte[64];
            while (!Stop && Failure.IsSuccess)
            {
                payload[0] = (byte)Echoes;
                (DerCode code, byte[] reply) = await endpoint.CallAsync(SelfTestOpcodes.Echo, payload);
                Failure = code.IsError ? code : reply.AsSpan().SequenceEqual(payload) ? DerCode.Success : DerCode.Checksum;
                Volatile.Write(ref Echoes, Echoes + 1);
            }

            IsDone = true;
        }
    }
}
