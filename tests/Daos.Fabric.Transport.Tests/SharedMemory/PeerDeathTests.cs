using System.Diagnostics;
using System.Globalization;

namespace Daos.Fabric.Transport.Tests.SharedMemory;

/// <summary>A peer process is killed in the middle of each kind of operation: everything ends with a code, soon, and nothing is left.</summary>
[Collection(LeftBehind.Name)]
public sealed class PeerDeathTests(ITestOutputHelper output)
{
    private const int Kills = 40;
    private const int AtOnce = 8;
    private const long NoticeNsMax = 1_000_000_000;
    private const int Bytes = 1 << 20;

    [Theory]
    [InlineData("send")]
    [InlineData("reply")]
    [InlineData("put")]
    [InlineData("get")]
    [Trait("Id", "shm-kill")]
    public unsafe void Kill9_InTheMiddle_EveryCallEndsSoonAndNothingIsLeft(string kind)
    {
        using var pair = new SharedMemoryPair("uring");
        pair.ServerHandler.Keep = false;
        (int Descriptors, int Mappings) before = default;
        long slowestNs = 0;
        var random = new SeededRandom(17);
        for (int round = 0; round <= Kills / AtOnce; round++)
        {
            slowestNs = Math.Max(slowestNs, KillSome(pair, kind, random));
            pair.Settle();
            Assert.Equal("", pair.DescribeHeld());
            if (round == 0)
            {
                before = LeftBehind.Count();
            }
        }

        Assert.Equal(before, LeftBehind.Count());
        Assert.Equal(0, pair.ServerContext.ConnectionCount);
        output.WriteLine($"{kind}: {Kills + AtOnce} kills, noticed after {slowestNs / 1000} us at most");
        Assert.True(slowestNs < NoticeNsMax, $"{slowestNs} ns");
    }

    [Fact]
    public void Connections_OpenedAndClosed_LeaveNoDescriptorAndNoMapping()
    {
        using var pair = new SharedMemoryPair("uring");
        Cycle(pair, 5);
        (int Descriptors, int Mappings) before = LeftBehind.Count();
        Cycle(pair, 30);
        Assert.Equal(before, LeftBehind.Count());
    }

    // Starts some peers, lets each be in the middle of its work, kills it and waits until it is known.
    private static long KillSome(SharedMemoryPair pair, string kind, SeededRandom random)
    {
        var handler = pair.ServerHandler;
        handler.Accepted.Clear();
        handler.Closed.Clear();
        var work = new Dictionary<TransportConnection, PeerWork>();
        handler.OnEach = (TransportConnection connection, in InboundMessage message) =>
        {
            if (!work.TryGetValue(connection, out PeerWork? found))
            {
                work.Add(connection, found = new PeerWork(connection, kind, Bytes));
            }

            found.OnMessage(message);
        };
        var peers = new List<Process>();
        for (int i = 0; i < AtOnce; i++)
        {
            peers.Add(StartPeer(pair, kind, shared: i % 2 == 0));
        }

        pair.RunUntil(() => work.Count == AtOnce && work.Values.All(w => w.Done >= 3), "the peers' work");
        long slowestNs = 0;
        for (int i = 0; i < AtOnce; i++)
        {
            int turns = random.Next(200);
            for (int turn = 0; turn < turns; turn++)
            {
                pair.ServerLoop.RunTurn(0);
            }

            int closed = handler.Closed.Count;
            peers[i].Kill();
            long goneNs = long.MaxValue;
            pair.RunUntil(
                () =>
                {
                    goneNs = goneNs == long.MaxValue && IsGone(peers[i].Id) ? pair.ServerLoop.Clock.MonotonicNs : goneNs;
                    return handler.Closed.Count == closed + 1;
                },
                "the end of a killed peer");
            slowestNs = Math.Max(slowestNs, pair.ServerLoop.Clock.MonotonicNs - goneNs);
            peers[i].WaitForExit();
            peers[i].Dispose();
        }

        pair.RunUntil(() => work.Values.All(w => w.IsOver), "the end of every transfer");
        Assert.All(handler.Closed, c => Assert.Equal(DerCode.Unreachable, c.Reason));
        Assert.All(work.Values, w => Assert.True(w.LastCode == DerCode.Success || w.LastCode == DerCode.Unreachable, w.LastCode.ToString()));
        foreach (PeerWork item in work.Values)
        {
            item.Dispose();
        }

        return slowestNs;
    }

    // The system closes what a killed process had when it finds the time, which is no matter of this side; after that it is a zombie.
    private static bool IsGone(int process)
    {
        try
        {
            string stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/stat"));
            return stat[stat.LastIndexOf(')') + 2] is 'Z' or 'X';
        }
        catch (IOException)
        {
            return true;
        }
    }

    private static Process StartPeer(SharedMemoryPair pair, string kind, bool shared)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false, RedirectStandardOutput = true };
        start.Environment[PeerProcess.Variable] = string.Create(CultureInfo.InvariantCulture, $"{pair.Directory}/names|{kind}|{(shared ? 1 : 0)}|{Bytes}");
        return Process.Start(start)!;
    }

    private static void Cycle(SharedMemoryPair pair, int count)
    {
        for (int i = 0; i < count; i++)
        {
            pair.ClientHandler.Closed.Clear();
            pair.ServerHandler.Closed.Clear();
            pair.Connect();
            pair.On(pair.ClientLoop, () => pair.Near.Close(DerCode.Canceled));
            pair.RunUntil(() => pair.ClientHandler.Closed.Count + pair.ServerHandler.Closed.Count == 2);
        }
    }
}
