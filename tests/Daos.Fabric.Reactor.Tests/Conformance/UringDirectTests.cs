using System.Runtime.Versioning;

namespace Daos.Fabric.Reactor.Tests.Conformance;

/// <summary>The calls that a loop on io_uring makes past the ring or before a turn's end: that they are made, and when they are not.</summary>
[SupportedOSPlatform("linux")]
public sealed unsafe class UringDirectTests : ConformanceBase
{
    private const int Length = 64;

    internal override ReactorFixture Create() => new RealFixture("uring", PollingPolicy.Busy);

    [Fact]
    public void Conversation_OfASpinningLoop_EntersNothing()
    {
        (int client, int server) = Pair();
        byte* memory = Memory(2 * Length);
        Exchange(client, server, memory);
        long entered = Reactor.Statistics.Enters;
        long called = Reactor.Statistics.DirectCalls;
        for (int i = 0; i < 100; i++)
        {
            Exchange(client, server, memory);
        }

        Assert.Equal(entered, Reactor.Statistics.Enters);
        Assert.Equal(called + 200, Reactor.Statistics.DirectCalls);
        Close(client, server);
    }

    [Fact]
    public void Reads_OfOneTurn_DoNotWaitForItsEnd()
    {
        const int Block = 4096;
        const int Count = 8;
        int file = Reactor.Files.Create(Fixture.Directory + "/file", Count * Block, FileAccessMode.Direct).Value;
        byte* memory = Memory((Count + 1) * Block);
        new Span<byte>(memory, Count * Block).Fill(1);
        Turns(3);
        long entered = Reactor.Statistics.Enters;
        var reads = new List<RecordingOperation>();
        for (int i = 0; i < Count; i++)
        {
            int at = i * Block;
            reads.Add(Start(op => Reactor.ReadFile(file, memory + at, Block, at, op)));
        }

        Assert.Equal(entered + (Count / 2), Reactor.Statistics.Enters);
        Assert.All(reads, read => Assert.False(read.IsDone));
        Fixture.Until(() => reads.TrueForAll(read => read.IsDone));
        Assert.All(reads, read => Assert.Equal(Block, read.Result));
        Assert.False(new Span<byte>(memory, Count * Block).ContainsAnyExcept((byte)0));

        // Chained parts of a durable write stay together.
        entered = Reactor.Statistics.Enters;
        RecordingOperation write = Start(op => Reactor.WriteFile(file, memory, Block, 0, WriteMode.Durable, op));
        Assert.Equal(entered, Reactor.Statistics.Enters);
        RecordingOperation last = Start(op => Reactor.ReadFile(file, memory + (Count * Block), Block, Block, op));
        Fixture.Until(() => write.IsDone && last.IsDone);
        Assert.Equal((Block, Block), (write.Result, last.Result));
        Reactor.Files.Close(file);
    }

    [Fact]
    public void Receive_ThatStaysQuiet_IsLeftToTheRing()
    {
        (int client, int server) = Pair();
        byte* memory = Memory(2 * Length);
        RecordingOperation receive = Start(op => Reactor.Receive(server, memory, Length, op));
        Turns(600);
        long missed = Reactor.Statistics.DirectMisses;
        Assert.InRange(missed, 1, 600);
        Turns(100);
        Assert.Equal(missed, Reactor.Statistics.DirectMisses);
        Assert.Equal(Length, Run(op => Reactor.Send(client, [new IoVector(memory + Length, Length)], op)));
        Fixture.Until(() => receive.IsDone);
        Assert.Equal(Length, receive.Result);
        Close(client, server);
    }

    [Fact]
    public void Receives_OfManyQuietSockets_CostAFewCallsPerTurn()
    {
        byte* memory = Memory(Length);
        var pairs = new List<(int Client, int Server)>();
        var receives = new List<RecordingOperation>();
        for (int i = 0; i < 20; i++)
        {
            pairs.Add(Pair());
            receives.Add(Start(op => Reactor.Receive(pairs[^1].Server, memory, Length, op)));
        }

        Turns(1);
        long missed = Reactor.Statistics.DirectMisses;
        Turns(10);
        Assert.InRange(Reactor.Statistics.DirectMisses - missed, 0, 40);
        pairs.ForEach(p => Reactor.Close(p.Client));
        Fixture.Until(() => receives.TrueForAll(r => r.IsDone));
        Assert.All(receives, r => Assert.Equal(0, r.Result));
        pairs.ForEach(p => Reactor.Close(p.Server));
    }

    [Fact]
    public void Send_WithoutRoom_IsTriedAndThenLeftToTheRing()
    {
        (int client, int server) = Pair();
        const int Big = 8 << 20;
        byte* memory = Memory(Big);
        RecordingOperation send;
        do
        {
            send = Start(op => Reactor.Send(client, [new IoVector(memory, Big)], op));
            Turns(1000);
        }
        while (send.IsDone);

        long missed = Reactor.Statistics.DirectMisses;
        Turns(100);
        Assert.Equal(missed, Reactor.Statistics.DirectMisses);
        Reactor.Close(server);
        Fixture.Until(() => send.IsDone);
        Reactor.Close(client);
    }

    [Fact]
    public void Quiesce_WithDirectReceivesUnderWay_CompletesNothing()
    {
        (int client, int server) = Pair();
        byte* memory = Memory(Length);
        RecordingOperation receive = Start(op => Reactor.Receive(server, memory, Length, op));
        Turns(3);
        Fixture.Do(Reactor.Quiesce);
        Assert.False(receive.IsActive);
        Assert.False(receive.IsDone);
        Close(client, server);
    }

    private void Exchange(int client, int server, byte* memory)
    {
        RecordingOperation receive = Start(op => Reactor.Receive(server, memory, Length, op));
        Assert.Equal(Length, Run(op => Reactor.Send(client, [new IoVector(memory + Length, Length)], op)));
        Fixture.Until(() => receive.IsDone);
        Assert.Equal(Length, receive.Result);
    }

    private void Turns(int count)
    {
        for (int i = 0; i < count; i++)
        {
            Fixture.Loop.RunTurn(0);
        }
    }

    private void Close(int client, int server)
    {
        Reactor.Close(client);
        Reactor.Close(server);
    }

    private (int Client, int Server) Pair()
    {
        ListenerHandle listener = Reactor.Listen(Fixture.AnyTcp, 4).Value;
        RecordingOperation accept = Start(op => Reactor.Accept(listener.Descriptor, op));
        int client = Run(op => Reactor.Connect(listener.Address, op));
        Fixture.Until(() => accept.Results.Count > 0);
        Fixture.Do(() => Reactor.Cancel(accept));
        Fixture.Until(() => accept.IsDone);
        Reactor.Close(listener.Descriptor);
        return (client, accept.Results[0]);
    }
}
