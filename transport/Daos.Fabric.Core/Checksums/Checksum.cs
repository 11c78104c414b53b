using System.Security.Cryptography;

namespace Daos.Fabric.Core.Checksums;

/// <summary>
/// Checksums of any kind over one span, as words of 32 bits in the order of the digest's bytes (a CRC as a little-endian number).
/// Any thread; nothing is allocated.
/// </summary>
public static class Checksum
{
    /// <summary>Computes a checksum; <paramref name="words"/> has room for <see cref="ChecksumTypes.Words"/> of the kind.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Compute(ChecksumType type, ReadOnlySpan<byte> data, Span<uint> words)
    {
        if (type == ChecksumType.Crc32C)
        {
            words[0] = Crc32C.Compute(data);
        }
        else
        {
            ComputeOther(type, data, words);
        }
    }

    /// <summary>True when the data fits its checksum. <see cref="ChecksumType.None"/> fits everything.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Matches(ChecksumType type, ReadOnlySpan<byte> data, ReadOnlySpan<uint> words) =>
        type == ChecksumType.Crc32C ? words[0] == Crc32C.Compute(data) : MatchesOther(type, data, words);

    private static bool MatchesOther(ChecksumType type, ReadOnlySpan<byte> data, ReadOnlySpan<uint> words)
    {
        Span<uint> computed = stackalloc uint[ChecksumTypes.WordsMax];
        int count = ChecksumTypes.Words(type);
        ComputeOther(type, data, computed);
        return computed[..count].SequenceEqual(words[..count]);
    }

    private static void ComputeOther(ChecksumType type, ReadOnlySpan<byte> data, Span<uint> words)
    {
        switch (type)
        {
            case ChecksumType.Adler32:
                words[0] = Adler32.Compute(data);
                break;
            case ChecksumType.Crc16:
                words[0] = Crc16.Compute(data);
                break;
            case ChecksumType.Crc64:
                ulong crc = Crc64.Compute(data);
                words[0] = (uint)crc;
                words[1] = (uint)(crc >> 32);
                break;
            case ChecksumType.Sha1:
#pragma warning disable CA5350 // DAOS offers SHA-1 against accidents, not against forgers.
                SHA1.HashData(data, MemoryMarshal.AsBytes(words));
#pragma warning restore CA5350
                break;
            case ChecksumType.Sha256:
                SHA256.HashData(data, MemoryMarshal.AsBytes(words));
                break;
            case ChecksumType.Sha512:
                SHA512.HashData(data, MemoryMarshal.AsBytes(words));
                break;
        }
    }
}
