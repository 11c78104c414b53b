using System.Buffers.Binary;

namespace Daos.Fabric.Transport.Tests.Fuzz;

/// <summary>Makes malformed frames: random bytes, valid frames with flipped bits, and well-checksummed frames that are not allowed.</summary>
internal sealed class FuzzFrames(SeededRandom random)
{
    internal const ulong Mark = 0x0123456789ABCDEF;

    private readonly byte[][] _valid = BuildValid();
    private readonly byte[][] _wrong = BuildWrong();
    private readonly byte[] _scratch = new byte[4096];

    internal static byte[] MarkedMessage(int lengthBytes)
    {
        var payload = new byte[lengthBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(payload, Mark);
        return Frames.Frame(Frames.Message, payload);
    }

    /// <summary>A frame that is allowed after the hellos.</summary>
    internal ReadOnlySpan<byte> NextValid() => _valid[random.Next(_valid.Length)];

    /// <summary>A frame that must end the connection.</summary>
    internal ReadOnlySpan<byte> NextMalformed()
    {
        int choice = random.Next(10);
        return choice < 2 ? RandomBytes() : choice < 8 ? Mutated() : _wrong[random.Next(_wrong.Length)];
    }

    private ReadOnlySpan<byte> RandomBytes()
    {
        Span<byte> bytes = _scratch.AsSpan(0, 16 + random.Next(64));
        random.Fill(bytes);
        return bytes;
    }

    // Some bits of the header or of what its checksum covers.
    private ReadOnlySpan<byte> Mutated()
    {
        byte[] frame = _valid[random.Next(_valid.Length)];
        int covered = 16 + frame[4] switch
        {
            Frames.ReadData => 16,
            Frames.WriteChunk => 32,
            _ => BinaryPrimitives.ReadInt32LittleEndian(frame),
        };
        Span<byte> copy = _scratch.AsSpan(0, frame.Length);
        frame.CopyTo(copy);
        int flips = 1 + random.Next(3);
        for (int i = 0; i < flips; i++)
        {
            int at = random.Next(4) == 0 ? random.Next(16) : random.Next(covered);
            copy[at] ^= (byte)(1 << random.Next(8));
        }

        if (copy.SequenceEqual(frame))
        {
            copy[random.Next(covered)] ^= 0x80;
        }

        return copy;
    }

    private static byte[][] BuildValid() =>
    [
        MarkedMessage(8), MarkedMessage(64), MarkedMessage(65), MarkedMessage(500),
        Frames.ReadRequestFrame(1, 2, 3, 4), Frames.TransferEndFrame(FuzzSink.ReadTransfer, -1001),
        Frames.WriteChunkFrame(1, FuzzSink.WriteKey, 16, 100, 0, new byte[100]),
        Frames.WriteChunkFrame(1, FuzzSink.WriteKey, 16, 101, 1, new byte[100], Frames.FlagLast | Frames.FlagChecksum),
        Frames.WriteChunkFrame(1, 1, 0, 40, 0, new byte[33], flags: 0),
    ];

    private static byte[][] BuildWrong() =>
    [
        Frames.HelloFrame(), Frames.Frame(0, [1]), Frames.Frame(8, [1]), Frames.Frame(200, new byte[100]),
        Frames.Frame(Frames.Message, [1], flags: 2), Frames.Frame(Frames.Message, [1], argument: 9), Frames.Frame(Frames.Message, [1], reserved: 256),
        Frames.Frame(Frames.Message, new byte[65_537]), Frames.Frame(Frames.ReadRequest, new byte[23]), Frames.Frame(Frames.TransferEnd, new byte[9]),
        Frames.TransferEndFrame(8, 0), Frames.TransferEndFrame(FuzzSink.ReadTransfer, 5),
        Frames.ReadDataFrame(8, 0, [1]), Frames.ReadDataFrame(FuzzSink.ReadTransfer, 1, [1]), Frames.ReadDataFrame(FuzzSink.ReadTransfer, 0, []),
        Frames.ReadDataFrame(FuzzSink.ReadTransfer, 0, new byte[2000]), Frames.ReadDataFrame(FuzzSink.ReadTransfer, uint.MaxValue, [1]),
        Frames.ReadDataFrame(FuzzSink.ReadTransfer, 0, [1], flags: Frames.FlagLast), Frames.ReadDataFrame(FuzzSink.ReadTransfer, 0, [1], status: 3),
        Frames.WriteChunkFrame(0, 1, 0, 4, 2, [1, 2, 3]), Frames.WriteChunkFrame(0, 1, 0, 4, 0, [1, 2, 3]), Frames.WriteChunkFrame(0, 1, 0, 3, 0, [1, 2, 3], flags: 0),
        Frames.WriteChunkFrame(0, 1, 0, 4, uint.MaxValue, [1, 2, 3]), Frames.WriteChunkFrame(0, 1, 0, 3, 0, [1, 2, 3], status: -1),
        Frames.WriteChunkFrame(0, 1, 0, uint.MaxValue, uint.MaxValue - 3, [1, 2, 3]), Frames.WriteChunkFrame(0, 1, ulong.MaxValue, 3, 0, [1, 2, 3], flags: 4),
    ];
}
