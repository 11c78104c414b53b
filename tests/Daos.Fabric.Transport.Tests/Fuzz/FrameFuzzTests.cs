using System.Diagnostics;
using Daos.Fabric.TestKit.Runs;
using Daos.Fabric.Transport.Sockets.Buffers;
using Daos.Fabric.Transport.Sockets.Framing;

namespace Daos.Fabric.Transport.Tests.Fuzz;

/// <summary>W1: malformed frames against the parser, and against whole connections.</summary>
public sealed unsafe class FrameFuzzTests(ITestOutputHelper output)
{
    // One unit; a million frames are 20.
    private const int ParserFrames = 47_500;
    private const int ConnectionFrames = 2_500;

    // Far above what a busy machine takes from a thread; a parser that hangs takes for ever.
    private const int HangSeconds = 20;

    // A length that a mutation raised makes the parser wait for more; a frame's worth of it always decides.
    private static readonly byte[] s_filler = Filler();

    [Fact]
    [Trait("Id", "W1")]
    public void MalformedFrames_OneMillion_EndEveryOffenderAndNothingElse()
    {
        var run = new SeededRun("W1", "frames", t0: 20, t1: 1_000, output.WriteLine, seed: 20_251_121);
        run.Run(RunUnit);
    }

    private static void RunUnit(ulong seed, RunCounts counts)
    {
        var tally = new Tally();
        RunParser(tally, seed);
        RunConnections(tally, seed);
        Assert.Equal(ParserFrames + ConnectionFrames, tally.Frames);
        Assert.Equal(0, tally.Escaped);
        Assert.Equal(0, tally.Undecided);
        Assert.Equal(tally.Frames, tally.Proto + tally.Csum);
        Assert.True(tally.Csum > 5_000 && tally.Proto > 5_000, "both kinds of refusal are exercised");
        Assert.True(tally.SlowestTicks < HangSeconds * Stopwatch.Frequency, "a frame hangs the parser");
        Assert.True(tally.AllocatedBytes / tally.Frames < 2048, $"{tally.AllocatedBytes / tally.Frames} bytes per frame");
        counts.Add("frames", tally.Frames);
        counts.Add("proto", tally.Proto);
        counts.Add("csum", tally.Csum);
        counts.Add("escaped", tally.Escaped);
        counts.Add("undecided", tally.Undecided);
        counts.Add("valid", tally.Valid);
        counts.Add("allocated-bytes", tally.AllocatedBytes);
    }

    [Fact]
    public void Parser_ChecksumOfZeroIgnored_WouldBeSeen()
    {
        // The count of escapes is real: a message whose bytes differ from what was sent is counted.
        using var memory = new NativeBlock(64);
        var sink = new FuzzSink(memory) { Mark = FuzzFrames.Mark };
        byte[] payload = new byte[8];
        fixed (byte* p = payload)
        {
            sink.OnMessage(p, 8, null!);
        }

        Assert.Equal(1, sink.Escaped);
    }

    private static void RunParser(Tally tally, ulong seed)
    {
        using var memory = new NativeBlock(1000);
        var loop = new OwnerLoop("fuzz", new IdleReactor(), new OwnerLoopOptions());
        using OwnerThread.EnterScope scope = loop.Enter();
        var random = new SeededRandom(seed);
        var frames = new FuzzFrames(random);
        using var pool = new SegmentPool("fuzz", 70_000, connectionsMax: 1, sharedBytes: 8 * 70_000);
        var stream = new SegmentBuffer(loop, pool);
        var sink = new FuzzSink(memory) { Mark = FuzzFrames.Mark };
        byte[] hello = Frames.HelloFrame();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < ParserFrames; i++)
        {
            sink.Reset();
            stream.Clear();
            var reader = new FrameReader(stream, 64 * 1024, sink);
            long start = Stopwatch.GetTimestamp();
            DerCode code = Feed(reader, hello, random);
            for (int valid = random.Next(3); valid > 0 && code.IsSuccess; valid--)
            {
                tally.Valid++;
                code = Feed(reader, frames.NextValid(), random);
                Assert.True(code.IsSuccess, "a valid frame was refused");
            }

            code = Feed(reader, frames.NextMalformed(), random);
            if (code.IsSuccess)
            {
                code = Feed(reader, s_filler, random);
            }

            tally.Count(code, Stopwatch.GetTimestamp() - start);
        }

        tally.AllocatedBytes += GC.GetAllocatedBytesForCurrentThread() - before;
        tally.Escaped += sink.Escaped;
        Assert.True(memory.GuardsIntact);
        stream.Clear();
        Assert.Equal("", pool.DescribeHeld());
    }

    private static DerCode Feed(FrameReader reader, ReadOnlySpan<byte> bytes, SeededRandom random)
    {
        DerCode code = DerCode.Success;
        bool split = random.Next(4) == 0;
        while (bytes.Length > 0 && code.IsSuccess)
        {
            byte* to = reader.PrepareReceive(out int room);
            Assert.True(to is not null && room > 0);
            int here = Math.Min(Math.Min(room, bytes.Length), split ? 1 + random.Next(40) : int.MaxValue);
            bytes[..here].CopyTo(new Span<byte>(to, here));
            bytes = bytes[here..];
            code = reader.Received(here);
            split &= bytes.Length < 1000;
        }

        return code;
    }

    // The same frames through whole connections: the offender is closed and told, a neighbour goes on.
    private static void RunConnections(Tally tally, ulong seed)
    {
        using var server = new ScriptedServer();
        server.Reactor.KeepSent = false;
        server.Handler.Keep = false;
        var frames = new FuzzFrames(new SeededRandom(~seed));
        int neighbour = server.ConnectMute();
        server.Feed(neighbour, Frames.HelloFrame());
        byte[] hello = Frames.HelloFrame();
        byte[] message = FuzzFrames.MarkedMessage(64);
        long neighbourMessages = 0;
        TransportConnection good = server.Handler.Accepted[0];
        server.Handler.OnEach = (TransportConnection c, in InboundMessage m) =>
        {
            neighbourMessages += ReferenceEquals(c, good) ? 1 : 0;
            tally.Escaped += m.LengthBytes >= 8 && *(ulong*)m.Address == FuzzFrames.Mark ? 0 : 1;
        };
        for (int i = 0; i < ConnectionFrames; i++)
        {
            server.Handler.Closed.Clear();
            server.Handler.Accepted.Clear();
            int socket = server.ConnectMute();
            server.Reactor.Feed(socket, hello);
            server.Reactor.Feed(socket, frames.NextMalformed());
            server.Run(4);
            if (server.Handler.Closed.Count == 0)
            {
                server.Feed(socket, s_filler);
            }

            server.Run(4);
            Assert.True(server.Reactor.IsClosed(socket), $"connection {i} is still open");
            tally.Count(server.Handler.Closed[0].Reason, 0);
            if (i % 100 == 0)
            {
                server.Feed(neighbour, message);
            }
        }

        Assert.Equal(ConnectionFrames / 100, neighbourMessages);
        Assert.Equal(1, server.Context.ConnectionCount);
    }

    private static byte[] Filler()
    {
        var bytes = new byte[300 * 1024];
        new SeededRandom(1).Fill(bytes);
        return bytes;
    }

    private sealed class Tally
    {
        public long Frames;
        public long Proto;
        public long Csum;
        public long Escaped;
        public long Undecided;
        public long Valid;
        public long SlowestTicks;
        public long AllocatedBytes;

        public void Count(DerCode code, long ticks)
        {
            Frames++;
            Proto += code == DerCode.Protocol ? 1 : 0;
            Csum += code == DerCode.Checksum ? 1 : 0;
            Undecided += code.IsSuccess ? 1 : 0;
            SlowestTicks = Math.Max(SlowestTicks, ticks);
        }
    }
}
