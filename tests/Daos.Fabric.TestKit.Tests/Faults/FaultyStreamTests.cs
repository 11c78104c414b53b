using System.Buffers;
using Daos.Fabric.Core.Randomness;
using Daos.Fabric.TestKit.Faults;

namespace Daos.Fabric.TestKit.Tests.Faults;

/// <summary>What each fault does to a stream, and that it depends on the seed alone.</summary>
public sealed class FaultyStreamTests
{
    private const int Bytes = 300_000;

    private static readonly byte[] s_sent = Sent();

    [Fact]
    public void Pass_NoFaults_EveryByte() => Assert.Equal(s_sent, Through(FaultPlan.None, 1, 1).Left);

    [Theory]
    [InlineData(StreamFault.Drop)]
    [InlineData(StreamFault.Duplicate)]
    [InlineData(StreamFault.Reorder)]
    [InlineData(StreamFault.Flip)]
    [InlineData(StreamFault.Truncate)]
    [InlineData(StreamFault.Reset)]
    [InlineData(StreamFault.HalfClose)]
    public void Pass_SameSeed_SameBytesHoweverTheyCame(StreamFault fault)
    {
        var plan = new FaultPlan { Faults = [fault], GapBytesMax = 20_000 };
        (byte[] whole, FaultyStream stream) = Through(plan, 5, int.MaxValue);
        Assert.Equal(whole, Through(plan, 5, 1).Left);
        Assert.Equal(whole, Through(plan, 5, 4_099).Left);
        Assert.NotEqual(whole, Through(plan, 6, 4_099).Left);
        Assert.True(stream.CountOf(fault) > 0);
    }

    [Fact]
    public void Pass_EachFault_DoesWhatItSays()
    {
        (byte[] flipped, FaultyStream flips) = Through(Only(StreamFault.Flip), 1, 1_000);
        Assert.Equal(Bytes, flipped.Length);
        Assert.Equal(flips.CountOf(StreamFault.Flip), flipped.Zip(s_sent).Count(pair => pair.First != pair.Second));
        Assert.All(flipped.Zip(s_sent), pair => Assert.True(System.Numerics.BitOperations.PopCount((uint)(pair.First ^ pair.Second)) <= 1));

        Assert.InRange(Through(Only(StreamFault.Drop), 1, 1_000).Left.Length, Bytes / 2, Bytes - 1);
        Assert.InRange(Through(Only(StreamFault.Duplicate), 1, 1_000).Left.Length, Bytes + 1, 2 * Bytes);
        (byte[] moved, FaultyStream _) = Through(Only(StreamFault.Reorder), 1, 1_000);
        Assert.NotEqual(s_sent[..moved.Length], moved);
        Assert.Equal(Order(s_sent[..(moved.Length - 32)]).Length, Order(moved[..(moved.Length - 32)]).Length);

        foreach (StreamFault fault in new[] { StreamFault.Truncate, StreamFault.Reset, StreamFault.HalfClose })
        {
            (byte[] cut, FaultyStream ended) = Through(Only(fault), 1, 1_000);
            Assert.Equal(fault, ended.Ended);
            Assert.InRange(cut.Length, 1_000, 20_000);
            Assert.Equal(s_sent[..cut.Length], cut);
        }
    }

    private static FaultPlan Only(StreamFault fault) => new() { Faults = [fault], GapBytesMax = 20_000 };

    private static byte[] Order(byte[] bytes) => [.. bytes.Order()];

    private static (byte[] Left, FaultyStream Stream) Through(FaultPlan plan, ulong seed, int pieceBytes)
    {
        var stream = new FaultyStream(plan, seed);
        var left = new ArrayBufferWriter<byte>();
        for (int at = 0; at < Bytes; at += Math.Min(pieceBytes, Bytes - at))
        {
            stream.Pass(s_sent.AsSpan(at, Math.Min(pieceBytes, Bytes - at)), left);
        }

        return (left.WrittenSpan.ToArray(), stream);
    }

    private static byte[] Sent()
    {
        byte[] bytes = new byte[Bytes];
        new SeededRandom(9).Fill(bytes);
        return bytes;
    }
}
