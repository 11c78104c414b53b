using System.Runtime.InteropServices;
using System.Text;

namespace Daos.Fabric.Core.Tests.Checksums;

/// <summary>Published vectors of every kind, and what the kinds have in common.</summary>
public sealed class ChecksumVectorTests
{
    private static readonly byte[] s_digits = "123456789"u8.ToArray();

    public static TheoryData<ChecksumType> Kinds => [.. Enum.GetValues<ChecksumType>().Where(t => t != ChecksumType.None)];

    // RFC 1950's algorithm; the values are those of its reference implementation.
    [Fact]
    public void Adler32_PublishedVectors_Match()
    {
        Assert.Equal(1u, Adler32.Compute([]));
        Assert.Equal(0x11E60398u, Adler32.Compute("Wikipedia"u8));
        Assert.Equal(0x091E01DEu, Adler32.Compute(s_digits));
        Assert.Equal(0x00620062u, Adler32.Compute("a"u8));
        Assert.Equal(0x024D0127u, Adler32.Compute("abc"u8));
    }

    // The check value of the CRC catalogue, and the examples of SBC-3.
    [Fact]
    public void Crc16_PublishedVectors_Match()
    {
        Assert.Equal(0xD0DB, Crc16.Compute(s_digits));
        Assert.Equal(0, Crc16.Compute(new byte[32]));
        Assert.Equal(0xA293, Crc16.Compute(Enumerable.Repeat((byte)0xFF, 32).ToArray()));
        Assert.Equal(0x0224, Crc16.Compute(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray()));
        Assert.Equal(0x21B8, Crc16.Compute([0xFF, 0xFF, .. new byte[30]]));
        Assert.Equal(0xA0B7, Crc16.Compute(Enumerable.Range(0, 32).Select(i => (byte)(255 - i)).ToArray()));
    }

    // The check value of CRC-64/XZ in the CRC catalogue.
    [Fact]
    public void Crc64_PublishedVectors_Match()
    {
        Assert.Equal(0UL, Crc64.Compute([]));
        Assert.Equal(0x995DC9BBDF1939FAUL, Crc64.Compute(s_digits));
    }

    // FIPS 180-4: "abc"; CRCs and Adler as numbers in little-endian order.
    [Theory]
    [InlineData(ChecksumType.Sha1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d")]
    [InlineData(ChecksumType.Sha256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData(
        ChecksumType.Sha512,
        "abc",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f")]
    [InlineData(ChecksumType.Crc32C, "123456789", "839206e3")]
    [InlineData(ChecksumType.Crc16, "123456789", "dbd00000")]
    [InlineData(ChecksumType.Crc64, "123456789", "fa3919dfbbc95d99")]
    [InlineData(ChecksumType.Adler32, "123456789", "de011e09")]
    public void Compute_EveryKind_GivesTheWordsOnMediaAndWire(ChecksumType type, string text, string hex)
    {
        Span<uint> words = new uint[ChecksumTypes.Words(type)];
        Checksum.Compute(type, Encoding.ASCII.GetBytes(text), words);
        Assert.Equal(hex, Convert.ToHexStringLower(MemoryMarshal.AsBytes(words)));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Matches_OneFlippedBit_SaysNo(ChecksumType type)
    {
        var data = new byte[300];
        new SeededRandom(4).Fill(data);
        uint[] words = new uint[ChecksumTypes.WordsMax];
        Checksum.Compute(type, data, words);
        Assert.True(Checksum.Matches(type, data, words));
        for (int bit = 0; bit < data.Length * 8; bit += 13)
        {
            data[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(Checksum.Matches(type, data, words));
            data[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        words[ChecksumTypes.Words(type) - 1] ^= 1;
        Assert.False(Checksum.Matches(type, data, words));
    }

    [Fact]
    public void Append_InPieces_EqualsTheWhole()
    {
        var random = new SeededRandom(5);
        var data = new byte[20_000];
        random.Fill(data);
        for (int i = 0; i < 300; i++)
        {
            Span<byte> part = data.AsSpan(0, random.Next(data.Length + 1));
            int cut = random.Next(part.Length + 1);
            Assert.Equal(Adler32.Compute(part), Adler32.Append(Adler32.Compute(part[..cut]), part[cut..]));
            Assert.Equal(Crc16.Compute(part), Crc16.Append(Crc16.Compute(part[..cut]), part[cut..]));
            Assert.Equal(Crc64.Compute(part), Crc64.Append(Crc64.Compute(part[..cut]), part[cut..]));
        }
    }

    // Both sums of Adler-32 at their largest: a run of 0xFF longer than what fits 32 bits without a division.
    [Fact]
    public void Adler32_LongRunOfOnes_DoesNotOverflow()
    {
        uint low = 1;
        uint high = 0;
        byte[] data = [.. Enumerable.Repeat((byte)0xFF, 30_000)];
        foreach (byte b in data)
        {
            low = (low + b) % 65_521;
            high = (high + low) % 65_521;
        }

        Assert.Equal((high << 16) | low, Adler32.Compute(data));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Compute_AfterWarmUp_AllocatesNothing(ChecksumType type)
    {
        var data = new byte[4096];
        uint[] words = new uint[ChecksumTypes.WordsMax];
        long before = 0;
        for (int i = 0; i < 200; i++)
        {
            before = i == 100 ? GC.GetAllocatedBytesForCurrentThread() : before;
            Checksum.Compute(type, data, words);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Names_RoundTrip(ChecksumType type)
    {
        Assert.True(ChecksumTypes.TryParse(ChecksumTypes.NameOf(type), out ChecksumType parsed));
        Assert.Equal(type, parsed);
        Assert.False(ChecksumTypes.TryParse(ChecksumTypes.NameOf(type) + "x", out _));
        Assert.True(ChecksumTypes.IsKnown((uint)type));
        Assert.False(ChecksumTypes.IsKnown(8));
    }
}
