using Daos.Fabric.Transport.Sockets;

namespace Daos.Fabric.Transport.Tests.Sockets;

/// <summary>Messages do not wait behind bulk: counted in bytes of the stream, which does not depend on the machine.</summary>
public sealed unsafe class PriorityTests
{
    private const int Chunk = 64 * 1024;
    private const int SocketBuffer = 128 * 1024;
    private const int ReceiveSegment = 72 * 1024;
    private const int CallsBefore = 40;

    [Fact]
    public void Message_WhileChunksAreCommitted_GoesBeforeThoseThatHaveNotBegun()
    {
        using var server = new ScriptedServer();
        using var memory = new NativeBlock(4 * 1024 * 1024);
        Pair.Pattern(1, memory.LengthBytes).CopyTo(memory.Span);
        int socket = server.Connect();
        RemoteMemory remote = default;
        server.On(() => remote = server.Context.Register(server.Handler.Accepted[0], memory.Address, memory.LengthBytes, MemoryAccess.RemoteRead));
        server.Reactor.HoldSends = true;
        server.Feed(socket, [.. Frames.ReadRequestFrame(1, remote.Key, 0, 2 << 20), .. Frames.ReadRequestFrame(2, remote.Key, 2 << 20, 2 << 20)]);
        server.On(() => Send(server.Handler.Accepted[0]));
        server.Reactor.ReleaseSend(socket, 1000);
        server.Reactor.HoldSends = false;
        server.Run(200);
        var frames = server.Sent(socket);
        Assert.Equal(1, frames.FindIndex(f => f.Kind == Frames.Message));

        // What was taken back comes again, whole and in turns.
        const int Quantum = 4;
        uint[] expected = [.. Enumerable.Repeat(1u, Quantum), .. Enumerable.Repeat(2u, Quantum), 1u];
        Assert.Equal(expected, frames.Where(f => f.Kind == Frames.ReadData).Take(expected.Length).Select(f => f.Argument));
        foreach (uint transfer in (uint[])[1, 2])
        {
            byte[] data = [.. frames.Where(f => f.Kind == Frames.ReadData && f.Argument == transfer).SelectMany(f => f.Payload[16..])];
            Assert.True(data.AsSpan().SequenceEqual(memory.Span.Slice((int)(transfer - 1) * (2 << 20), 2 << 20)));
        }
    }

    [Fact]
    public void Message_AtRandomMomentsAmongTransfers_WaitsForTheRestOfOneChunkAtMost()
    {
        long most = 0;
        for (ulong seed = 1; seed <= 10; seed++)
        {
            most = Math.Max(most, MostBytesAhead(seed));
        }

        // What the send under way fills the socket with may begin a chunk. What came along with the message in one receive counts too.
        Assert.InRange(most, Chunk / 4, SocketBuffer + Chunk + ReceiveSegment);
    }

    private static long MostBytesAhead(ulong seed)
    {
        const int Length = 1 << 20;
        using Pair pair = new SimulatedPair(seed, "tcp://127.0.0.1:0").Connect();
        using var remote = new NativeBlock(4 * Length);
        using var local = new NativeBlock(4 * Length);
        RemoteMemory memory = default;
        pair.On(pair.ClientLoop, () => memory = pair.Client.Register(pair.Near, remote.Address, remote.LengthBytes, MemoryAccess.RemoteRead));

        // Enough of them that the connection knows of calls beside the bulk that comes.
        for (int i = 0; i < CallsBefore; i++)
        {
            pair.On(pair.ClientLoop, () => Send(pair.Near));
        }

        pair.RunUntil(() => pair.ServerHandler.Messages.Count == CallsBefore, "the messages before");
        var tasks = new List<Task<DerCode>>();
        for (int i = 0; i < 4; i++)
        {
            int at = i * Length;
            tasks.Add(pair.Begin(pair.ServerLoop, () => pair.Far.ReadRemoteAsync(memory, at, local.Address + at, Length)));
        }

        var near = (SocketConnection)pair.Near;
        var far = (SocketConnection)pair.Far;
        long most = 0;
        for (int i = CallsBefore + 1; !tasks.TrueForAll(t => t.IsCompleted); i++)
        {
            pair.On(pair.ClientLoop, () => Send(near));
            long sentBefore = near.SentBytes;
            int expected = i;
            pair.RunUntil(() => pair.ServerHandler.Messages.Count == expected, "a message");
            most = Math.Max(most, far.ReceivedBytes - sentBefore);
            for (int steps = (int)(seed * 7 % 40); steps > 0; steps--)
            {
                pair.Turn();
            }
        }

        Assert.All(tasks, t => Assert.Equal(DerCode.Success, t.Result));
        return most;
    }

    private static void Send(TransportConnection connection)
    {
        connection.BeginMessage(64)[..64].Clear();
        connection.EndMessage(64);
    }
}
