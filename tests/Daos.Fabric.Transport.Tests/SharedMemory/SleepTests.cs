namespace Daos.Fabric.Transport.Tests.SharedMemory;

/// <summary>Polling, parking and doorbells; what names and directories must be; and that nothing leaks.</summary>
public sealed class SleepTests
{
    private const int LateEvery = 50;

    [Fact]
    public void Echo_BothPolling_MakesNoSystemCall()
    {
        using var pair = new SharedMemoryPair("uring");
        pair.Connect();
        pair.ServerHandler.Keep = false;
        pair.ClientHandler.Keep = false;
        pair.ServerHandler.OnEach = Echo;
        RunEchoes(pair, 1000);

        // A loop looks at the kernel now and then by the clock, whatever the messages do: of some batches one lies between two such looks.
        long fewest = long.MaxValue;
        for (int batch = 0; batch < 20 && fewest > 0; batch++)
        {
            long before = Calls(pair);
            RunEchoes(pair, 200);
            fewest = Math.Min(fewest, Calls(pair) - before);
        }

        Assert.Equal(0, fewest);
    }

    [Theory]
    [InlineData("uring")]
    [InlineData("epoll")]
    public void Echo_BothBlocking_EveryMessageWakesItsReceiver(string kind)
    {
        using var pair = new SharedMemoryPair(kind, serverOptions: new OwnerLoopOptions { SpinNs = 0 });
        pair.ServerHandler.OnEach = EchoAndNowAndThenLate;
        pair.StartServerThread().Connect();
        for (int i = 1; i <= 200; i++)
        {
            if (i % LateEvery == 0)
            {
                Spin(pair.ClientLoop.Clock);
            }

            pair.Send(pair.Near, [(byte)i]);
            while (pair.ClientHandler.Messages.Count < i)
            {
                long startNs = pair.ClientLoop.Clock.MonotonicNs;
                pair.ClientLoop.RunTurn(5_000_000_000);
                Assert.True(pair.ClientLoop.Clock.MonotonicNs - startNs < 4_000_000_000, $"echo {i} woke nobody");
            }
        }

        Assert.True(pair.ClientLoop.Reactor.Statistics.Waits > 0);
        Assert.True(pair.ServerContext.DoorbellsRung > 0 && pair.ClientContext.DoorbellsRung > 0);
    }

    [Fact]
    public void Loop_NothingToDo_Blocks()
    {
        using var pair = new SharedMemoryPair("uring");
        pair.Connect();
        pair.Settle();
        long startNs = pair.ClientLoop.Clock.MonotonicNs;
        pair.ClientLoop.RunTurn(30_000_000);
        Assert.InRange(pair.ClientLoop.Clock.MonotonicNs - startNs, 25_000_000, 5_000_000_000);
        Assert.Equal(0, pair.ClientContext.ActiveCount);
    }

    [Fact]
    public void SenderThatWaitsForRoom_Blocked_IsWokenByTheReader()
    {
        using var pair = new SharedMemoryPair("uring", o => o with { SendQueueBytesMax = 1 << 20 });
        pair.Connect();
        int sent = 0;
        pair.On(pair.ClientLoop, () =>
        {
            for (; pair.Near.CanSend; sent++)
            {
                pair.Near.BeginMessage(4000).Fill((byte)sent);
                pair.Near.EndMessage(4000);
            }
        });
        pair.ClientLoop.RunTurn(0);
        pair.ClientLoop.RunTurn(1_000_000);
        Assert.Equal(0, pair.ClientContext.ActiveCount);
        for (int i = 0; i < 1000 && pair.ClientHandler.WritableCount == 0; i++)
        {
            pair.ServerLoop.RunTurn(0);
            pair.ClientLoop.RunTurn(1_000_000);
        }

        Assert.Equal(1, pair.ClientHandler.WritableCount);
        pair.RunUntil(() => pair.ServerHandler.Messages.Count == sent);
        Assert.True(pair.ServerContext.DoorbellsRung > 0);
    }

    [Theory]
    [InlineData("shm://")]
    [InlineData("shm://../x")]
    [InlineData("shm://a/b")]
    [InlineData("shm://.hidden")]
    [InlineData("tcp://127.0.0.1:1")]
    public void Names_ThatCouldLeaveTheDirectory_AreRefused(string text)
    {
        using var pair = new SharedMemoryPair("epoll");
        if (TransportUri.TryParse(text, out TransportUri? uri, out _))
        {
            Assert.Equal(DerCode.Invalid, pair.Server.Listen(uri).Code);
            Assert.Equal(DerCode.Invalid, pair.Wait(pair.ClientLoop, () => pair.Client.ConnectAsync(uri, long.MaxValue)).Code);
        }
    }

    [Fact]
    public void Directory_OpenToOthers_IsRefused()
    {
        using var pair = new SharedMemoryPair("epoll");
        string names = pair.Directory + "/names";
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(names));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(names + "/server"));
        File.SetUnixFileMode(names, File.GetUnixFileMode(names) | UnixFileMode.OtherExecute);
        Assert.Equal(DerCode.NoPerm, pair.Client.Listen(TransportUri.Parse("shm://other")).Code);
        File.SetUnixFileMode(names, File.GetUnixFileMode(names) & ~UnixFileMode.OtherExecute);
        Assert.Equal(DerCode.Busy, pair.Client.Listen(pair.Address).Code);
        Assert.Equal(
            DerCode.Unreachable,
            pair.Wait(pair.ClientLoop, () => pair.Client.ConnectAsync(TransportUri.Parse("shm://nobody"), long.MaxValue)).Code);
    }

    private static long Calls(SharedMemoryPair pair) =>
        pair.ClientLoop.Reactor.Statistics.Enters + pair.ServerLoop.Reactor.Statistics.Enters
        + pair.ClientContext.DoorbellsRung + pair.ServerContext.DoorbellsRung;

    private static void RunEchoes(Pair pair, int count)
    {
        long target = pair.ClientHandler.MessageCount + count;
        while (pair.ClientHandler.MessageCount < target)
        {
            pair.Send(pair.Near, [1, 2, 3]);
            pair.Turn();
            pair.Turn();
        }
    }

    // Far longer than a side polls: the other has gone to sleep by then.
    private static void Spin(Core.Time.IClock clock)
    {
        for (long endNs = clock.MonotonicNs + 30_000_000; clock.MonotonicNs < endNs;)
        {
        }
    }

    private static void EchoAndNowAndThenLate(TransportConnection connection, in InboundMessage message)
    {
        if (message.Span[0] % LateEvery == 1)
        {
            Spin(Core.Time.SystemClock.Instance);
        }

        Echo(connection, in message);
    }

    private static void Echo(TransportConnection connection, in InboundMessage message)
    {
        message.Span.CopyTo(connection.BeginMessage(message.LengthBytes));
        connection.EndMessage(message.LengthBytes);
    }
}
