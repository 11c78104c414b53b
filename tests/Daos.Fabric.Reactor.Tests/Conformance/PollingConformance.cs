namespace Daos.Fabric.Reactor.Tests.Conformance;

/// <summary>Work that no operation tells of, and waiting until a descriptor is readable. Reactors of this machine only.</summary>
public abstract unsafe class PollingConformance : ConformanceBase
{
    [Fact]
    public void WaitReadable_DataComesAndStays_CompletesEachTime()
    {
        (int client, int server) = Pair();
        RecordingOperation waiting = Start(op => Reactor.WaitReadable(server, op));
        Fixture.Loop.RunTurn(0);
        Fixture.Loop.RunTurn(0);
        Assert.False(waiting.IsDone);
        byte* memory = Memory(64);
        Assert.Equal(8, Run(op => Reactor.Send(client, [new IoVector(memory, 8)], op)));
        Fixture.Until(() => waiting.IsDone);
        Assert.True(waiting.Result >= 0);

        // Nobody read: it is readable still.
        Assert.True(Run(op => Reactor.WaitReadable(server, op)) >= 0);
        Assert.Equal(8, Run(op => Reactor.Receive(server, memory, 64, op)));
        RecordingOperation empty = Start(op => Reactor.WaitReadable(server, op));
        Fixture.Loop.RunTurn(0);
        Fixture.Loop.RunTurn(0);
        Assert.False(empty.IsDone);
        Reactor.Close(client);
        Fixture.Until(() => empty.IsDone);
        Assert.True(empty.Result >= 0);
        Reactor.Close(server);
    }

    [Fact]
    public void WaitReadable_Cancelled_CompletesOnceWithCanceled()
    {
        (int client, int server) = Pair();
        RecordingOperation waiting = Start(op => Reactor.WaitReadable(server, op));
        Fixture.Loop.RunTurn(0);
        Fixture.Do(() => Reactor.Cancel(waiting));
        Fixture.Until(() => waiting.IsDone);
        Assert.Equal([-Errno.Canceled], waiting.Results);
        Reactor.Close(client);
        Reactor.Close(server);
    }

    [Fact]
    public void Poller_IsAskedEveryTurnAndBeforeTheLoopBlocks()
    {
        var poller = new CountingPoller();
        Fixture.Loop.AddPoller(poller);
        Fixture.Loop.RunTurn(0);
        Assert.Equal((1, 0), (poller.Polls, poller.Waits));

        // It has work: the loop does not block however long it may.
        poller.Work = 3;
        Assert.True(Fixture.Loop.RunTurn(60_000_000_000) >= 3);
        Assert.Equal(0, poller.Waits);

        // Work came after the turn looked and before it blocks.
        poller.MayWait = false;
        Fixture.Loop.RunTurn(60_000_000_000);
        Assert.Equal(1, poller.Waits);
        poller.MayWait = true;
        Fixture.Loop.RunTurn(1_000_000);
        Assert.Equal(2, poller.Waits);
        Fixture.Loop.RemovePoller(poller);
        Fixture.Loop.RunTurn(1_000_000);
        Assert.Equal((4, 2), (poller.Polls, poller.Waits));
    }

    private (int Client, int Server) Pair()
    {
        ListenerHandle listener = Reactor.Listen(Fixture.NewUnix("poll"), 4).Value;
        RecordingOperation accept = Start(op => Reactor.Accept(listener.Descriptor, op));
        int client = Run(op => Reactor.Connect(listener.Address, op));
        Fixture.Until(() => accept.Results.Count == 1);
        Fixture.Do(() => Reactor.Cancel(accept));
        Fixture.Until(() => accept.IsDone);
        Reactor.Close(listener.Descriptor);
        return (client, accept.Results[0]);
    }

    private sealed class CountingPoller : ILoopPoller
    {
        public int Polls { get; private set; }

        public int Waits { get; private set; }

        public int Work { get; set; }

        public bool MayWait { get; set; } = true;

        public int Poll()
        {
            Polls++;
            int work = Work;
            Work = 0;
            return work;
        }

        public bool PrepareToWait()
        {
            Waits++;
            return MayWait;
        }
    }
}

public sealed class UringPollingTests : PollingConformance
{
    internal override ReactorFixture Create() => new RealFixture("uring");
}

public sealed class EpollPollingTests : PollingConformance
{
    internal override ReactorFixture Create() => new RealFixture("epoll");
}
