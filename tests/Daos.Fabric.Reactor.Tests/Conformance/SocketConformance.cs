namespace Daos.Fabric.Reactor.Tests.Conformance;

public abstract unsafe class SocketConformance : ConformanceBase
{
    private const int Length = 4096;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ConnectAcceptEcho_TcpAndUnix_BytesComeBack(bool unix)
    {
        (int client, int server, _) = Pair(unix);
        byte* memory = Memory(3 * Length);
        Fill(memory, Length, 1);
        SendAll(client, memory, Length);
        ReceiveAll(server, memory + Length, Length);
        SendAll(server, memory + Length, Length);
        ReceiveAll(client, memory + (2 * Length), Length);
        AssertFilled(memory + (2 * Length), Length, 1);
        Reactor.Close(client);
        Reactor.Close(server);
    }

    [Fact]
    public void Listen_PortZero_ReportsTheChosenPort()
    {
        ListenerHandle left = Reactor.Listen(Fixture.AnyTcp, 4).Value;
        ListenerHandle right = Reactor.Listen(Fixture.AnyTcp, 4).Value;
        Assert.NotEqual(0, left.Address.Port);
        Assert.NotEqual(left.Address.Port, right.Address.Port);
        Reactor.Close(left.Descriptor);
        Reactor.Close(right.Descriptor);
    }

    [Fact]
    public void Listen_AddressInUse_IsBusy()
    {
        ListenerHandle tcp = Reactor.Listen(Fixture.AnyTcp, 4).Value;
        ListenerHandle unix = Reactor.Listen(Fixture.NewUnix("busy"), 4).Value;
        Assert.Equal(DerCode.Busy, Reactor.Listen(tcp.Address, 4).Code);
        Assert.Equal(DerCode.Busy, Reactor.Listen(unix.Address, 4).Code);
        Reactor.Close(tcp.Descriptor);
        Reactor.Close(unix.Descriptor);
    }

    [Fact]
    public void Listen_UnixPathLeftBehind_IsTakenOver()
    {
        SocketAddress address = Fixture.NewUnix("stale");
        Reactor.Close(Reactor.Listen(address, 4).Value.Descriptor);
        DerResult<ListenerHandle> again = Reactor.Listen(address, 4);
        Assert.True(again.IsSuccess, again.Code.ToString());
        Reactor.Close(again.Value.Descriptor);
    }

    [Fact]
    public void Connect_NobodyListens_IsRefused()
    {
        ListenerHandle listener = Reactor.Listen(Fixture.AnyTcp, 4).Value;
        Reactor.Close(listener.Descriptor);
        Assert.Equal(-Errno.ConnectionRefused, Run(op => Reactor.Connect(listener.Address, op)));
    }

    [Fact]
    public void Send_Vectored_ArrivesInOrder()
    {
        (int client, int server, _) = Pair();
        byte* memory = Memory(2 * Length);
        Fill(memory, 3000, 2);
        int sent = 0;
        while (sent < 3000)
        {
            // Pieces of 7, 1000 and the rest, of what is still to be sent.
            var pieces = new List<IoVector>();
            int at = sent;
            foreach (int piece in (int[])[7, 1000, 3000])
            {
                int take = Math.Min(piece, 3000 - at);
                if (take > 0)
                {
                    pieces.Add(new IoVector(memory + at, (nuint)take));
                    at += take;
                }
            }

            sent += Positive(Run(op => Reactor.Send(client, CollectionsMarshal.AsSpan(pieces), op)));
        }

        ReceiveAll(server, memory + Length, 3000);
        AssertFilled(memory + Length, 3000, 2);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Stream_LargerThanEveryBuffer_ArrivesWhole(bool unix)
    {
        const int Total = 8 << 20;
        const int Chunk = 256 << 10;
        (int client, int server, _) = Pair(unix);
        byte* source = Memory(Total);
        byte* sink = Memory(Total);
        Fill(source, Total, 3);
        int sent = 0, received = 0;
        var send = new RecordingOperation();
        var receive = new RecordingOperation();
        send.OnComplete = (count, _) =>
        {
            sent += Positive(count);
            if (sent < Total)
            {
                Reactor.Send(client, [new IoVector(source + sent, (nuint)(Total - sent))], send);
            }
        };
        receive.OnComplete = (count, _) =>
        {
            received += Positive(count);
            if (received < Total)
            {
                Reactor.Receive(server, sink + received, Math.Min(Chunk, Total - received), receive);
            }
        };
        Fixture.Do(() =>
        {
            Reactor.Receive(server, sink, Chunk, receive);
            Reactor.Send(client, [new IoVector(source, Total)], send);
        });
        Fixture.Until(() => received == Total);
        Assert.Equal(Total, sent);
        Assert.True(new ReadOnlySpan<byte>(source, Total).SequenceEqual(new ReadOnlySpan<byte>(sink, Total)));
    }

    [Fact]
    public void Close_PeerReadsTheRestThenTheEnd()
    {
        (int client, int server, _) = Pair();
        byte* memory = Memory(2 * Length);
        Fill(memory, 100, 4);
        SendAll(client, memory, 100);
        Reactor.Close(client);
        ReceiveAll(server, memory + Length, 100);
        AssertFilled(memory + Length, 100, 4);
        Assert.Equal(0, Run(op => Reactor.Receive(server, memory, Length, op)));
        Assert.Equal(0, Run(op => Reactor.Receive(server, memory, Length, op)));
    }

    [Fact]
    public void Close_WhileReceiveWaits_PeerCompletesWithTheEnd()
    {
        (int client, int server, _) = Pair();
        byte* memory = Memory(Length);
        RecordingOperation receive = Start(op => Reactor.Receive(server, memory, Length, op));
        Fixture.For(2_000_000);
        Assert.False(receive.IsDone);
        Reactor.Close(client);
        Fixture.Until(() => receive.IsDone);
        Assert.Equal(0, receive.Result);
    }

    [Fact]
    public void Close_WithUnreadData_ResetsThePeer()
    {
        (int client, int server, _) = Pair();
        byte* memory = Memory(Length);
        SendAll(client, memory, 1000);
        byte one;
        byte* pointer = &one;
        Assert.Equal(1, Run(op => Reactor.Receive(server, pointer, 1, op)));
        Reactor.Close(server);
        Assert.Equal(-Errno.ConnectionReset, Run(op => Reactor.Receive(client, memory, Length, op)));
    }

    [Fact]
    public void Send_AfterPeerClosed_FailsInTheEnd()
    {
        (int client, int server, _) = Pair();
        byte* memory = Memory(Length);
        Reactor.Close(server);
        int result = 1;
        for (int i = 0; i < 100 && result > 0; i++)
        {
            result = Run(op => Reactor.Send(client, [new IoVector(memory, 100)], op));
            Fixture.For(200_000);
        }

        Assert.Contains(result, (int[])[-Errno.BrokenPipe, -Errno.ConnectionReset]);
    }

    [Fact]
    public void Shutdown_CompletesWhatWaits()
    {
        (int client, int server, _) = Pair();
        byte* memory = Memory(Length);
        RecordingOperation receive = Start(op => Reactor.Receive(client, memory, Length, op));
        Fixture.For(1_000_000);
        Reactor.Shutdown(client);
        Fixture.Until(() => receive.IsDone);
        Assert.Equal(0, receive.Result);
        Assert.Equal(0, Run(op => Reactor.Receive(server, memory, Length, op)));
        Assert.Equal(-Errno.BrokenPipe, Run(op => Reactor.Send(client, [new IoVector(memory, 10)], op)));
    }

    [Fact]
    public void Cancel_Receive_EndsOnceAndLeavesTheSocketUsable()
    {
        (int client, int server, _) = Pair();
        byte* memory = Memory(Length);
        RecordingOperation receive = Start(op => Reactor.Receive(server, memory, Length, op));
        Fixture.For(1_000_000);
        Fixture.Do(() => Reactor.Cancel(receive));
        Fixture.Until(() => receive.IsDone);
        Assert.Equal([-Errno.Canceled], receive.Results);
        SendAll(client, memory, 64);
        ReceiveAll(server, memory, 64);
        Assert.Single(receive.Results);
    }

    [Fact]
    public void Cancel_ReceiveStartedInTheSameTurn_EndsOnce()
    {
        (_, int server, _) = Pair();
        byte* memory = Memory(Length);
        var receive = new RecordingOperation();
        Fixture.Do(() =>
        {
            Reactor.Receive(server, memory, Length, receive);
            Reactor.Cancel(receive);
            Reactor.Cancel(receive);
        });
        Fixture.Until(() => receive.IsDone);
        Fixture.For(1_000_000);
        Assert.Equal([-Errno.Canceled], receive.Results);
        Fixture.Do(() => Reactor.Cancel(receive));
        Fixture.For(1_000_000);
        Assert.Single(receive.Results);
    }

    [Fact]
    public void Cancel_SendThatWaitsForRoom_EndsAndTheMemoryIsOursAgain()
    {
        (int client, int server, _) = Pair();
        const int Big = 8 << 20;
        byte* memory = Memory(Big);
        Fill(memory, Big, 5);

        // Nobody receives: sends fill the buffers until one waits with the memory in use.
        int sent = 0;
        RecordingOperation send;
        do
        {
            int from = sent % Big;
            send = Start(op => Reactor.Send(client, [new IoVector(memory + from, (nuint)(Big - from))], op));
            Fixture.For(30_000_000);
            sent += send.IsDone ? Positive(send.Result) : 0;
        }
        while (send.IsDone);

        Fixture.Do(() => Reactor.Cancel(send));
        Fixture.Until(() => send.IsDone);
        Assert.True(send.Result == -Errno.Canceled || send.Result > 0, send.Result.ToString());
        sent += Math.Max(0, send.Result);
        new Span<byte>(memory, Big).Clear();

        // What was sent before is unharmed, and not a byte more comes.
        byte* sink = Memory(1 << 20);
        Reactor.Shutdown(client);
        long received = 0;
        int count;
        while ((count = Run(op => Reactor.Receive(server, sink, 1 << 20, op))) > 0)
        {
            for (int i = 0; i < count; i++)
            {
                Assert.Equal(ByteAt((int)((received + i) % Big), 5), sink[i]);
            }

            received += count;
        }

        Assert.Equal(sent, received);
    }

    [Fact]
    public void Cancel_Accept_EndsItAndLaterOnesWork()
    {
        ListenerHandle listener = Reactor.Listen(Fixture.AnyTcp, 4).Value;
        RecordingOperation accept = Start(op => Reactor.Accept(listener.Descriptor, op));
        Fixture.For(1_000_000);
        Fixture.Do(() => Reactor.Cancel(accept));
        Fixture.Until(() => accept.IsDone);
        Assert.Equal([-Errno.Canceled], accept.Results);
        RecordingOperation again = Start(op => Reactor.Accept(listener.Descriptor, op));
        int client = Positive(Run(op => Reactor.Connect(listener.Address, op)));
        Fixture.Until(() => again.Results.Count == 1);
        Assert.False(again.IsDone);
        Reactor.Close(client);
        Reactor.Close(again.Result);
    }

    [Fact]
    public void Accept_ManyConnections_OneOperationBringsAll()
    {
        ListenerHandle listener = Reactor.Listen(Fixture.AnyTcp, 200).Value;
        RecordingOperation accept = Start(op => Reactor.Accept(listener.Descriptor, op));
        var connects = new List<RecordingOperation>();
        for (int i = 0; i < 100; i++)
        {
            connects.Add(Start(op => Reactor.Connect(listener.Address, op)));
        }

        Fixture.Until(() => accept.Results.Count == 100 && connects.All(c => c.IsDone));
        Assert.All(accept.Results, fd => Assert.True(fd > 0));
        Assert.Equal(100, accept.Results.Distinct().Count());
        Assert.False(accept.IsDone);
        accept.Results.Concat(connects.Select(c => c.Result)).ToList().ForEach(Reactor.Close);
    }

    [Fact]
    public void ManyOperations_BeyondTheQueueSize_AllComplete()
    {
        const int Pairs = 150;
        byte* memory = Memory(Pairs * 64);
        var operations = new List<RecordingOperation>();
        List<(int Client, int Server)> sockets = Enumerable.Range(0, Pairs).Select(_ => Pair()).Select(p => (p.Client, p.Server)).ToList();

        // 150 receives and 150 sends in one turn are more than the 256 entries of a submission queue.
        Fixture.Do(() =>
        {
            for (int i = 0; i < Pairs; i++)
            {
                operations.Add(new RecordingOperation());
                Reactor.Receive(sockets[i].Server, memory + (i * 64), 64, operations[^1]);
            }

            for (int i = 0; i < Pairs; i++)
            {
                operations.Add(new RecordingOperation());
                Reactor.Send(sockets[i].Client, [new IoVector(memory, 1)], operations[^1]);
            }
        });
        Fixture.Until(() => operations.All(o => o.IsDone));
        Assert.All(operations, o => Assert.Equal(1, o.Result));
        sockets.ForEach(s =>
        {
            Reactor.Close(s.Client);
            Reactor.Close(s.Server);
        });
    }

    [Fact]
    public void Dispose_WithOperationsUnderWay_LetsGoOfAllMemory()
    {
        (int client, int server, ListenerHandle listener) = Pair();
        byte* memory = Memory(Length);
        RecordingOperation receive = Start(op => Reactor.Receive(server, memory, Length, op));
        RecordingOperation accept = Start(op => Reactor.Accept(listener.Descriptor, op));
        Fixture.For(1_000_000);
        Fixture.Do(Reactor.Dispose);
        Assert.False(receive.IsDone);
        Assert.False(accept.IsDone);
        _ = client;
    }

    private static byte ByteAt(int index, int salt) => (byte)((index * 31) ^ (index >> 7) ^ salt);

    private static void Fill(byte* memory, int length, int salt)
    {
        for (int i = 0; i < length; i++)
        {
            memory[i] = ByteAt(i, salt);
        }
    }

    private static void AssertFilled(byte* memory, int length, int salt)
    {
        for (int i = 0; i < length; i++)
        {
            Assert.Equal(ByteAt(i, salt), memory[i]);
        }
    }

    private static int Positive(int result)
    {
        Assert.True(result > 0, $"result {result}");
        return result;
    }

    private (int Client, int Server, ListenerHandle Listener) Pair(bool unix = false)
    {
        ListenerHandle listener = Reactor.Listen(unix ? Fixture.NewUnix("pair") : Fixture.AnyTcp, 8).Value;
        RecordingOperation accept = Start(op => Reactor.Accept(listener.Descriptor, op));
        int client = Positive(Run(op => Reactor.Connect(listener.Address, op)));
        Fixture.Until(() => accept.Results.Count > 0);
        int server = Positive(accept.Results[0]);
        Fixture.Do(() => Reactor.Cancel(accept));
        Fixture.Until(() => accept.IsDone);
        return (client, server, listener);
    }

    private void SendAll(int socket, byte* memory, int length)
    {
        for (int sent = 0; sent < length;)
        {
            int from = sent;
            sent += Positive(Run(op => Reactor.Send(socket, [new IoVector(memory + from, (nuint)(length - from))], op)));
        }
    }

    private void ReceiveAll(int socket, byte* memory, int length)
    {
        for (int received = 0; received < length;)
        {
            int from = received;
            received += Positive(Run(op => Reactor.Receive(socket, memory + from, length - from, op)));
        }
    }
}
