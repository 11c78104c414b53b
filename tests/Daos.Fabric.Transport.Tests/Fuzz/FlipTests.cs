using Daos.Fabric.TestKit.Runs;
using Daos.Fabric.Transport.Sockets.Buffers;
using Daos.Fabric.Transport.Sockets.Framing;

namespace Daos.Fabric.Transport.Tests.Fuzz;

/// <summary>
/// C6: corrupted messages and checksummed chunks against the parser. None may be handed up with a bit that was not sent. The few bytes that
/// fill a chunk up to eight mean nothing: a bit in them may go unseen.
/// </summary>
public sealed unsafe class FlipTests(ITestOutputHelper output)
{
    private const int FlipsPerUnit = 100_000;
    private const int BytesMax = 1_500;

    [Fact]
    [Trait("Id", "C6")]
    public void CorruptedFrames_OneMillion_NoneEscapes()
    {
        var run = new SeededRun("C6", "flips", t0: 10, t1: 100, output.WriteLine);
        run.Run((seed, counts) =>
        {
            (long taken, long escaped) = RunUnit(seed, bitsMax: 3);
            counts.Add("injected", FlipsPerUnit);
            counts.Add("escaped", escaped);
            counts.Add("in_padding", taken);
            Assert.Equal(0, escaped);
            Assert.True(taken < FlipsPerUnit / 100, $"{taken} corrupted frames were taken");
        });
    }

    /// <summary>The oracle itself: what is not corrupted is taken, and a sink that is told of other bytes sees every one escape.</summary>
    [Fact]
    public void IntactFrames_AreTaken_AndOthersWouldBeSeen()
    {
        Assert.Equal((FlipsPerUnit, 0L), RunUnit(1, bitsMax: 0));
        Assert.Equal((0L, FlipsPerUnit), RunUnit(1, bitsMax: 0, expectsOther: true));
    }

    private static (long Taken, long Escaped) RunUnit(ulong seed, int bitsMax, bool expectsOther = false)
    {
        using var memory = new NativeBlock(BytesMax);
        var loop = new OwnerLoop("flips", new IdleReactor(), new OwnerLoopOptions());
        using OwnerThread.EnterScope scope = loop.Enter();
        var random = new SeededRandom(seed);
        using var pool = new SegmentPool("flips", 70_000, connectionsMax: 1, sharedBytes: 8 * 70_000);
        var stream = new SegmentBuffer(loop, pool);
        var sink = new FlipSink(memory);
        byte[] hello = Frames.HelloFrame();
        (byte[] Content, byte[] Frame)[] frames = [.. Enumerable.Range(0, 64).Select(i => Build(i, random))];
        byte[] scratch = new byte[2 * BytesMax];
        for (int i = 0; i < FlipsPerUnit; i++)
        {
            (byte[] content, byte[] frame) = frames[random.Next(frames.Length)];
            sink.Expect(expectsOther ? [.. content.Reverse(), 1] : content);
            Span<byte> sent = scratch.AsSpan(0, frame.Length);
            frame.CopyTo(sent);
            Corrupt(sent, frame, bitsMax, random);
            stream.Clear();
            var reader = new FrameReader(stream, 64 * 1024, sink);
            Feed(reader, hello);
            Feed(reader, sent);
        }

        stream.Clear();
        Assert.True(memory.GuardsIntact);
        return (sink.Taken, sink.Escaped);
    }

    private static (byte[] Content, byte[] Frame) Build(int index, SeededRandom random)
    {
        byte[] content = new byte[1 + random.Next(BytesMax)];
        random.Fill(content);
        byte[] frame = index % 2 == 0
            ? Frames.Frame(Frames.Message, content)
            : Frames.WriteChunkFrame(1, FuzzSink.WriteKey, 0, (uint)content.Length, 0, content, Frames.FlagLast | Frames.FlagChecksum);
        return (content, frame);
    }

    private static void Corrupt(Span<byte> sent, byte[] frame, int bitsMax, SeededRandom random)
    {
        int bits = bitsMax == 0 ? 0 : 1 + random.Next(bitsMax);
        do
        {
            for (int i = 0; i < bits; i++)
            {
                sent[random.Next(frame.Length)] ^= (byte)(1 << random.Next(8));
            }
        }
        while (bits > 0 && sent.SequenceEqual(frame));
    }

    private static void Feed(FrameReader reader, ReadOnlySpan<byte> bytes)
    {
        DerCode code = DerCode.Success;
        while (bytes.Length > 0 && code.IsSuccess)
        {
            byte* to = reader.PrepareReceive(out int room);
            int here = Math.Min(room, bytes.Length);
            bytes[..here].CopyTo(new Span<byte>(to, here));
            bytes = bytes[here..];
            code = reader.Received(here);
        }
    }
}
