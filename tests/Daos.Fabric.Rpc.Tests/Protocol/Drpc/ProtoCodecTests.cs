using Daos.Fabric.Core.Protobuf;

namespace Daos.Fabric.Rpc.Tests.Protocol.Drpc;

/// <summary>The wire form of protobuf, against bytes worked out by hand from its specification.</summary>
public sealed class ProtoCodecTests
{
    [Fact]
    public void EveryKindOfField_StandsAsProtobufSays()
    {
        ProtoWriter writer = new ProtoWriter()
            .Write(1, 150u)
            .Write(2, "testing")
            .Write(3, -1)
            .Write(4, [3UL, 270, 86942])
            .Write(5, true)
            .Write(16, new byte[] { 1, 2 })
            .WriteAlways(6, new ProtoWriter().Write(1, 150u));
        Assert.Equal(
            "089601" + "120774657374696E67" + "18FFFFFFFFFFFFFFFFFF01" + "2206038E029EA705" + "2801" + "8201020102" + "3203089601",
            Convert.ToHexString(writer.ToArray()));
    }

    [Fact]
    public void DefaultValues_AreLeftOutUnlessTheyMustStandThere()
    {
        Assert.Empty(new ProtoWriter().Write(1, 0).Write(2, "").Write(3, ReadOnlySpan<byte>.Empty).Write(4, false).Write(5, Array.Empty<ulong>()).ToArray());
        Assert.Equal("08001200", Convert.ToHexString(new ProtoWriter().WriteAlways(1, 0).WriteAlways(2, ReadOnlySpan<byte>.Empty).ToArray()));
    }

    [Fact]
    public void Numbers_ComeBackAtTheirLimits()
    {
        foreach (ulong number in new ulong[] { 1, 127, 128, uint.MaxValue, long.MaxValue, ulong.MaxValue })
        {
            var reader = new ProtoReader(new ProtoWriter().Write(7, number).Written.Span);
            Assert.True(reader.TryReadTag(out int field, out ProtoWireType type));
            Assert.Equal((7, ProtoWireType.Varint, number), (field, type, reader.ReadVarint()));
            Assert.False(reader.TryReadTag(out _, out _));
            Assert.False(reader.Failed);
        }
    }

    [Fact]
    public void RepeatedNumbers_AreReadPackedAndOneByOne()
    {
        byte[] bytes = [.. new ProtoWriter().Write(4, [1UL, 300]).ToArray(), .. new ProtoWriter().Write(4, 7u).ToArray()];
        var reader = new ProtoReader(bytes);
        var numbers = new List<ulong>();
        while (reader.TryReadTag(out _, out ProtoWireType type))
        {
            reader.ReadNumbers(type, numbers, 3);
        }

        Assert.Equal([1UL, 300, 7], numbers);
        Assert.False(reader.Failed);
        Assert.True(FailsWith(bytes, countMax: 2));
    }

    [Theory]
    [InlineData("08")]
    [InlineData("0880")]
    [InlineData("08FFFFFFFFFFFFFFFFFF02")]
    [InlineData("08FFFFFFFFFFFFFFFFFFFF01")]
    [InlineData("0005")]
    [InlineData("0B")]
    [InlineData("0C")]
    [InlineData("0E00")]
    [InlineData("0F00")]
    [InlineData("1205AABB")]
    [InlineData("12FFFFFFFFFFFFFFFFFF01")]
    [InlineData("0D0000")]
    [InlineData("0900000000000000")]
    public void WhatIsMalformed_Fails(string hex)
    {
        var reader = new ProtoReader(Convert.FromHexString(hex));
        while (reader.TryReadTag(out _, out ProtoWireType type))
        {
            reader.Skip(type);
        }

        Assert.True(reader.Failed);
    }

    [Fact]
    public void UnknownFields_AreSkippedWhateverTheirType()
    {
        var reader = new ProtoReader(Convert.FromHexString("0D01020304" + "110102030405060708" + "1A03AABBCC" + "2005" + "3201FF"));
        var fields = new List<int>();
        while (reader.TryReadTag(out int field, out ProtoWireType type))
        {
            fields.Add(field);
            reader.Skip(type);
        }

        Assert.False(reader.Failed);
        Assert.Equal([1, 2, 3, 4, 6], fields);
    }

    [Fact]
    public void TextThatIsNoUtf8OrTooLong_Fails()
    {
        Assert.True(TextFails("0A02C328", 10));
        Assert.True(TextFails("0A03616263", 2));
        Assert.False(TextFails("0A03616263", 3));

        static bool TextFails(string hex, int bytesMax)
        {
            var reader = new ProtoReader(Convert.FromHexString(hex));
            Assert.True(reader.TryReadTag(out _, out _));
            reader.ReadText(bytesMax);
            return reader.Failed;
        }
    }

    private static bool FailsWith(byte[] bytes, int countMax)
    {
        var reader = new ProtoReader(bytes);
        var numbers = new List<ulong>();
        while (reader.TryReadTag(out _, out ProtoWireType type))
        {
            reader.ReadNumbers(type, numbers, countMax);
        }

        return reader.Failed;
    }
}
