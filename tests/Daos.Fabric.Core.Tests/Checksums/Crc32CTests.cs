namespace Daos.Fabric.Core.Tests.Checksums;

public sealed class Crc32CTests
{
    [Fact]
    public void Compute_KnownVectors_Match()
    {
        // The check value of the CRC catalogue, and RFC 3720 appendix B.4.
        Assert.Equal(0xE3069283u, Crc32C.Compute("123456789"u8));
        Assert.Equal(0u, Crc32C.Compute([]));
        Assert.Equal(0x8A9136AAu, Crc32C.Compute(new byte[32]));
        Assert.Equal(0x62A8AB43u, Crc32C.Compute(Enumerable.Repeat((byte)0xFF, 32).ToArray()));
        Assert.Equal(0x46DD794Eu, Crc32C.Compute(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray()));
        Assert.Equal(0x113FDB5Cu, Crc32C.Compute(Enumerable.Range(0, 32).Select(i => (byte)(31 - i)).ToArray()));
        Assert.Equal(0x22620404u, Crc32C.Compute("The quick brown fox jumps over the lazy dog"u8));
    }

    [Fact]
    public void Compute_EveryKindOfLength_AgreesWithTheTableAtEveryAlignment()
    {
        var random = new SeededRandom(1);
        var data = new byte[70_008];
        random.Fill(data);
        for (int length = 0; length <= 70_000; length += length < 2_000 ? 1 : 1 + random.Next(331))
        {
            ReadOnlySpan<byte> part = data.AsSpan(length % 8, length);
            Assert.Equal(~Crc32C.AppendTable(~0u, part), Crc32C.Compute(part));
        }
    }

    [Fact]
    public void Compute_EveryLengthUpToAPage_AgreesWithTheTableAtEveryAlignment()
    {
        var data = new byte[4096 + 8];
        new SeededRandom(5).Fill(data);
        for (int alignment = 0; alignment < 8; alignment++)
        {
            // The reference grows by one byte with the length; it begins where a checksum that continues another one would.
            const uint Before = 0x1234_5678;
            uint table = ~Before;
            for (int length = 0; length <= 4096; length++)
            {
                Assert.Equal(~table, Crc32C.Append(Before, data.AsSpan(alignment, length)));
                table = Crc32C.AppendTable(table, data.AsSpan(alignment + length, 1));
            }
        }
    }

    // Around the ends of the interleaved streams: 3 x 256 and 3 x 8192 bytes.
    [Theory]
    [InlineData(768)]
    [InlineData(1536)]
    [InlineData(24_576)]
    [InlineData(49_152)]
    public void Compute_AroundTheStreamLengths_AgreesWithTheTable(int length)
    {
        var data = new byte[length + 64];
        new SeededRandom((ulong)length).Fill(data);
        for (int more = -9; more <= 9; more++)
        {
            ReadOnlySpan<byte> part = data.AsSpan(3, length + more);
            Assert.Equal(~Crc32C.AppendTable(~0u, part), Crc32C.Compute(part));
        }
    }

    [Fact]
    public void Append_InPieces_EqualsTheWhole()
    {
        var random = new SeededRandom(2);
        var data = new byte[60_000];
        random.Fill(data);
        uint whole = Crc32C.Compute(data);
        for (int i = 0; i < 200; i++)
        {
            int cut = random.Next(data.Length + 1);
            Assert.Equal(whole, Crc32C.Append(Crc32C.Compute(data.AsSpan(0, cut)), data.AsSpan(cut)));
        }
    }

    [Fact]
    public void Compute_OneFlippedBit_Changes()
    {
        var data = new byte[5_000];
        new SeededRandom(3).Fill(data);
        uint before = Crc32C.Compute(data);
        for (int bit = 0; bit < data.Length * 8; bit += 37)
        {
            data[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.NotEqual(before, Crc32C.Compute(data));
            data[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }
}
