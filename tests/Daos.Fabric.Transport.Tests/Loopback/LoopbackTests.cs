namespace Daos.Fabric.Transport.Tests.Loopback;

public sealed unsafe class LoopbackTests
{
    [Fact]
    public void EndMessage_DirectLoop_NeverDeliversInsideTheCall()
    {
        using Pair pair = new LoopbackPair(cross: false).Connect();
        pair.Send(pair.Near, [1, 2, 3]);
        Assert.Empty(pair.ServerHandler.Messages);
        pair.RunUntil(() => pair.ServerHandler.Messages.Count == 1);
    }

    [Fact]
    public void Connect_UnknownName_Unreachable()
    {
        using Pair pair = new LoopbackPair(cross: false);
        DerResult<TransportConnection> result = pair.Wait(pair.ClientLoop, () => pair.Client.ConnectAsync(TransportUri.Parse("loopback://nobody"), long.MaxValue));
        Assert.Equal(DerCode.Unreachable, result.Code);
    }

    [Fact]
    public void Listen_NameTaken_Busy()
    {
        using Pair pair = new LoopbackPair(cross: false);
        Assert.Equal(DerCode.Busy, pair.Client.Listen(pair.Address).Code);
    }

    [Fact]
    public void Connect_ListenerNeverRuns_TimesOut()
    {
        using Pair pair = new LoopbackPair(cross: true);
        OwnerLoop loop = pair.ClientLoop;
        Task<DerResult<TransportConnection>> task = pair.Begin(loop, () => pair.Client.ConnectAsync(pair.Address, loop.Clock.MonotonicNs + 100_000));
        for (int i = 0; i < 1000 && !task.IsCompleted; i++)
        {
            loop.RunTurn(0);
        }

        Assert.Equal(DerCode.TimedOut, task.Result.Code);
        pair.Settle();
        Assert.All(pair.ServerHandler.Accepted, c => Assert.False(c.IsOpen));
    }

    [Fact]
    public void CrossLoop_InboxFull_NothingIsLostAndCanSendTurnsFalse()
    {
        var tiny = new OwnerLoopOptions { InboxCapacity = 2 };
        using Pair pair = new LoopbackPair(cross: true, null, tiny).Connect();
        bool wasFalse = false;
        for (int i = 0; i < 50; i++)
        {
            pair.Send(pair.Near, BitConverter.GetBytes(i));
            pair.ClientLoop.RunTurn(0);
            wasFalse |= !pair.Near.CanSend;
        }

        Assert.True(wasFalse);
        pair.RunUntil(() => pair.ServerHandler.Messages.Count == 50);
        Assert.Equal(Enumerable.Range(0, 50), pair.ServerHandler.Messages.Select(m => BitConverter.ToInt32(m)));
        pair.Settle();
        Assert.True(pair.Near.CanSend);
        Assert.True(pair.ClientHandler.WritableCount > 0);
        Assert.Equal("", pair.DescribeHeld());
    }

    [Fact]
    public void CrossLoop_RealThreads_EchoKeepsOrderAndReturnsSegments()
    {
        using Pair pair = new LoopbackPair(cross: true).Connect();
        const int Count = 20_000;
        pair.ServerHandler.Keep = false;
        pair.ServerHandler.OnEach = static (TransportConnection c, in InboundMessage m) =>
        {
            m.Span.CopyTo(c.BeginMessage(m.LengthBytes));
            c.EndMessage(m.LengthBytes);
        };
        int next = 0;
        bool ordered = true;
        pair.ClientHandler.Keep = false;
        pair.ClientHandler.OnEach = (TransportConnection c, in InboundMessage m) => ordered &= BitConverter.ToInt32(m.Span) == next++;
        bool stop = false;
        var thread = new Thread(() =>
        {
            while (!Volatile.Read(ref stop))
            {
                pair.ServerLoop.RunTurn(0);
            }
        });
        thread.Start();
        int sent = 0;
        while (next < Count)
        {
            for (int i = 0; i < 32 && sent < Count && pair.Near.CanSend; i++)
            {
                pair.Send(pair.Near, BitConverter.GetBytes(sent++));
            }

            pair.ClientLoop.RunTurn(0);
        }

        Volatile.Write(ref stop, true);
        thread.Join();
        Assert.True(ordered);
        pair.Settle();
        Assert.Equal("", pair.DescribeHeld());
    }
}
