using System.Diagnostics;
using Daos.Fabric.TestKit.Runs;
using Daos.Fabric.Transport.Sockets;

namespace Daos.Fabric.Rpc.Tests.Wire;

/// <summary>
/// C15: a thousand clients that ask and do not read, on the machine's reactor and a unix socket. What they cost is bounded, they are given up
/// and find their connection ended, their requests end, and a client that reads goes on as before. A unit is a thousand of them, from their
/// first request until the last is gone: with the usual keepalive, which the long run has, that takes 40 s.
/// </summary>
[Collection(LoadedAlone.Name)]
public sealed class SlowConsumerTests(ITestOutputHelper output)
{
    private const int Slow = 1_000;
    private const int Alone = 0;
    private const int Beside = 1;
    private const long EchoesAlone = 5_000;

    // Enough that a client of ours that gets no processor for a while is not held silent.
    private static readonly long s_keepaliveNs = TestRun.Tier == TestTier.T1 ? 10_000_000_000 : 2_000_000_000;

    [Fact]
    [Trait("Id", "C15")]
    public void Clients_ThatDoNotRead_CostLittleAndAreGivenUp()
    {
        string directory = Directory.CreateTempSubdirectory("daos-c15-").FullName;
        try
        {
            var run = new SeededRun("C15", "slow", t0: 1, t1: 15, output.WriteLine);
            run.Run((seed, counts) => Run($"{directory}/s{seed}", seed, counts));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private void Run(string path, ulong seed, RunCounts counts)
    {
        var provider = new SocketsProvider();
        var serverLoop = new OwnerLoop("server", ReactorFactory.Create(), new OwnerLoopOptions());
        var clientLoop = new OwnerLoop("client", ReactorFactory.Create(), new OwnerLoopOptions());
        RpcOptions options = RpcWorld.Options();
        var limits = options with { Transport = options.Transport with { KeepaliveNs = s_keepaliveNs, ConnectionsMax = Slow + 8 } };
        using var server = new RpcContext(serverLoop, limits, [provider], new HybridLogicalClock(SystemClock.Instance));
        using var client = new RpcContext(clientLoop, options, [provider], null);
        TransportUri uri = server.Listen(TransportUri.Parse($"unix://{path}")).Value;
        var watch = new ServerWatch(server);
        var serverThread = new OwnerLoopThread(serverLoop);
        var clientThread = new OwnerLoopThread(clientLoop);
        serverThread.Start();
        clientThread.Start();
        var good = new PacedClient(client, uri, phases: 3);
        Assert.True(clientLoop.TryPost(good));
        SpinUntil(() => good.Echoes > EchoesAlone, "the good client's echoes");

        using var slow = new SlowConsumers(path, Slow, seed);
        good.Phase = Beside + 1;
        SpinUntil(
            () =>
            {
                bool isSending = slow.Send();
                watch.Look();
                return !isSending && watch.Accepted == Slow + 1;
            },
            "what the slow clients ask");
        good.Phase = Beside;
        long echoesBefore = good.Echoes;
        long startedAt = Stopwatch.GetTimestamp();
        long peakBytes = 0;
        SpinUntil(
            () =>
            {
                // What waited for memory is read once there is some.
                slow.Send();
                watch.Look();
                peakBytes = Math.Max(peakBytes, watch.MemoryBytes);
                Assert.Equal(DerCode.Success, good.Failure);
                return watch.Connections == 1;
            },
            "the end of the slow clients");
        double seconds = Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
        long echoesBeside = good.Echoes - echoesBefore;
        good.Phase = Alone;
        SpinUntil(
            () =>
            {
                watch.Look();
                return watch.RequestsActive <= 1;
            },
            "the end of the slow clients' requests");
        int ended = slow.CountEnded();
        good.Stop = true;
        SpinUntil(() => good.IsDone, "the good client's end");
        clientThread.StopAndJoin();
        serverThread.StopAndJoin();
        Assert.Equal(0, server.RequestsActive);

        counts.Add("slow", Slow);
        counts.Add("given_up", watch.TimedOut);
        counts.Add("overrun", watch.Overrun);
        counts.Add("ended", ended);
        counts.Add("echoes_beside", echoesBeside);
        counts.Add("others_failed", good.Failure.IsError ? 1 : 0);
        output.WriteLine(
            $"peak {peakBytes >> 20} MiB of {watch.MemoryLimitBytes >> 20}, {echoesBeside / seconds:0} echoes/s beside them for {seconds:0.0} s, "
            + $"p99 {good.Latency(Alone).Percentile(99) / 1000} us alone and {good.Latency(Beside).Percentile(99) / 1000} us beside them");
        Assert.Equal(DerCode.Success, good.Failure);

        // Who asked for so much at once that the queue's hard limit was reached does not get as far as being looked at.
        Assert.Equal((Slow, (long)Slow), (ended, watch.TimedOut + watch.Overrun));
        Assert.InRange(peakBytes, 1, watch.MemoryLimitBytes);
        Assert.Equal(0, serverLoop.UnhandledCount);

        // A server that waits for them would make the others wait until it looks at them.
        Assert.InRange(good.Latency(Beside).Percentile(99), 0, s_keepaliveNs);
        Assert.True(echoesBeside > 20, $"{echoesBeside} echoes in {seconds} s");
    }

    private static void SpinUntil(Func<bool> condition, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(100), $"{what} did not come");
            Thread.Yield();
        }
    }
}
