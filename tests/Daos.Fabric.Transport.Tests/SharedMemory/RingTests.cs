using System.Runtime.InteropServices;
using Daos.Fabric.TestKit.Allocations;
using Daos.Fabric.Transport.SharedMemory.Rings;

namespace Daos.Fabric.Transport.Tests.SharedMemory;

/// <summary>Both ends of a ring on one thread: every frame comes out once, in order and unchanged, wherever the ring ends.</summary>
public sealed unsafe class RingTests : IDisposable
{
    private const int Lines = 4096;
    private const int PayloadMax = 64 * 1024;
    private const int GuardBytes = 4096;

    private readonly byte* _segment = (byte*)NativeMemory.AlignedAlloc((nuint)RingLayout.SegmentBytes(Lines) + GuardBytes, 64);
    private readonly RingWriter _writer;
    private readonly RingReader _reader;
    private readonly Queue<(int Length, byte Seed)> _expected = new();
    private ulong _sent;
    private ulong _position;

    public RingTests()
    {
        new Span<byte>(_segment, (int)RingLayout.SegmentBytes(Lines)).Clear();

        // Ring 1 is the last thing in the segment: what runs over its end is seen behind it.
        new Span<byte>(_segment + RingLayout.SegmentBytes(Lines), GuardBytes).Fill(0xA5);
        _writer = new RingWriter(_segment, 1, Lines);
        _reader = new RingReader(_segment, 1, Lines, PayloadMax);
    }

    public void Dispose() => NativeMemory.AlignedFree(_segment);

    // 2 lines divide the ring, so that frames end exactly where it does; 3 do not, so that one is skipped; 1 is the shortest.
    [Theory]
    [InlineData(40)]
    [InlineData(112)]
    [InlineData(176)]
    [InlineData(1_990)]
    [InlineData(2_100)]
    [InlineData(16_400)]
    public void Frames_OfOneLength_ComeOutInOrderForSeveralRounds(int length)
    {
        for (int burst = 0; _sent * (ulong)RingLayout.LinesOf(length) < 5 * Lines; burst++)
        {
            for (int i = 0; i <= burst % 40 && Send(length); i++)
            {
            }

            _writer.Release();
            ReadAll();
        }

        CheckGuard();
    }

    [Fact]
    public void Frames_Random_ComeOutInOrderAndTheRingFillsToTheLastLineButOne()
    {
        var random = new SeededRandom(7);
        bool filled = false;
        for (int round = 0; round < 20_000; round++)
        {
            int length = random.Next(10) switch { 0 => random.Next(PayloadMax + 1), < 4 => random.Next(2_400), _ => random.Next(200) };
            filled |= !Send(length);
            Assert.InRange(_writer.UsedLines, 0u, (uint)Lines - 1);
            if (random.Chance(0.1))
            {
                _writer.Release();
            }

            if (random.Chance(filled ? 0.5 : 0.05))
            {
                _writer.Release();
                ReadAll();
                filled = false;
            }
        }

        _writer.Release();
        ReadAll();
        Assert.Empty(_expected);
        CheckGuard();
    }

    [Fact]
    public void Frame_BegunLongAndEndedShort_TakesWhatItHas()
    {
        for (int i = 0; i < 3 * Lines; i++)
        {
            byte* room = _writer.TryBeginPrivately(1_500);
            Assert.True(_writer.IsNext(room));
            room[0] = (byte)i;
            _writer.Publish(FrameKind.Message, 1);
            _expected.Enqueue((1, (byte)i));
            _sent++;
            if (i % 7 == 0)
            {
                _writer.Release();
                ReadAll();
            }
        }

        CheckGuard();
    }

    [Fact]
    public void Frame_Gathered_IsSeenWithTheReleaseAndNotBefore()
    {
        Assert.True(Send(100));
        Assert.False(_reader.HasFrame);
        _writer.Release();
        Assert.True(_reader.HasFrame);
        ReadAll();
        Assert.True(_writer.TryBeginPrivately(PayloadMax) is null);
    }

    [Fact]
    public void Head_PastWhatWasShown_BreaksTheRing()
    {
        Assert.True(Send(100));
        *RingLayout.HeadOf(_segment, 1) = 2;
        Assert.False(_writer.RefreshHead());
        Assert.True(_writer.IsBroken);
    }

    [Fact]
    public void SmallFrames_SteadyState_AllocateNothing() => Assert.Equal(0, SteadyState.AllocatedBytes(() =>
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10_000; i++)
        {
            byte* room = _writer.TryBeginPrivately(112);
            new Span<byte>(room, 112).Clear();
            _writer.Publish(FrameKind.Message, 112);
            _writer.Release();
            _reader.TryRead(out _, out _, out int length);
            _reader.Consume(length);
            _reader.PublishHead();
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }));

    private bool Send(int length)
    {
        byte* room = _writer.TryBegin(length);
        if (room is null)
        {
            _writer.Release();
            return false;
        }

        Fill(room, length, (byte)_sent);
        _writer.Publish(FrameKind.Message, length);
        _expected.Enqueue((length, (byte)_sent++));
        return true;
    }

    private void ReadAll()
    {
        while (true)
        {
            Assert.True(_reader.TryRead(out FrameKind kind, out byte* payload, out int length));
            if (kind == FrameKind.None)
            {
                break;
            }

            (int expected, byte seed) = _expected.Dequeue();
            Assert.Equal((FrameKind.Message, expected), (kind, length));
            Check(payload, length, seed);
            _reader.Consume(length);
        }

        Assert.Empty(_expected);
        _reader.PublishHead();
    }

    private void CheckGuard() =>
        Assert.True(new ReadOnlySpan<byte>(_segment + RingLayout.SegmentBytes(Lines), GuardBytes).IndexOfAnyExcept((byte)0xA5) < 0);

    // Wherever a line begins inside the payload stands what would be a header of the same place one round later: what is left of it must
    // never be taken for one.
    private void Fill(byte* room, int length, byte seed)
    {
        new Span<byte>(room, length).Fill(seed);
        int lines = RingLayout.LinesOf(length);
        int left = Lines - (int)(_position % Lines);
        _position += lines > left ? (ulong)left : 0;
        ulong position = _position;
        for (int at = RingLayout.LineBytes - RingLayout.HeaderBytes; at + 8 <= length; at += RingLayout.LineBytes)
        {
            position++;
            *(ulong*)(room + at) = RingLayout.Pack(FrameKind.Message, 8, position + Lines);
        }

        _position += (ulong)lines;
    }

    private static void Check(byte* payload, int length, byte seed)
    {
        int plain = Math.Min(length, RingLayout.LineBytes - RingLayout.HeaderBytes);
        Assert.True(new ReadOnlySpan<byte>(payload, plain).IndexOfAnyExcept(seed) < 0);
        for (int at = RingLayout.LineBytes; at < length; at += RingLayout.LineBytes)
        {
            Assert.Equal(seed, payload[at]);
        }
    }
}
