using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Daos.Fabric.Core.Checksums;

/// <summary>
/// CRC-32C (Castagnoli, reflected, initial and final inversion), by the processor's instruction where it has one. It runs as three
/// interleaved streams, because the instruction takes three cycles but a new one can start every cycle. Any thread.
/// </summary>
/// <remarks>
/// The streams of a large input are joined by tables, each for one fixed distance. Those of a short one, such as a frame of a small call,
/// are as long as a third of it, and joined by a carry-less product with a power of x for each distance: the instruction itself reduces
/// the product.
/// </remarks>
public static class Crc32C
{
    private const uint Polynomial = 0x82F63B78;
    private const int LongBytes = 8192;
    private const int ShortBytes = 256;

    // Below, the joining costs more than the streams save. Above, the streams of a fixed length serve.
    private const int FoldWordsMin = 6;
    private const int FoldWordsMax = 3 * ShortBytes / 8;

    private static readonly uint[] s_byte = BuildByteTable();
    private static readonly uint[] s_long = BuildShift(LongBytes);
    private static readonly uint[] s_short = BuildShift(ShortBytes);
    private static readonly uint[] s_fold = BuildFold((2 * (FoldWordsMax / 3)) + 2);

    /// <summary>The checksum of one span.</summary>
    public static uint Compute(ReadOnlySpan<byte> data) => Append(0, data);

    /// <summary>Continues a checksum: Append(Compute(a), b) is the checksum of a followed by b.</summary>
    public static uint Append(uint checksum, ReadOnlySpan<byte> data)
    {
        uint crc = ~checksum;
        if (Sse42.X64.IsSupported)
        {
            crc = AppendSse42(crc, data);
        }
        else if (Crc32.Arm64.IsSupported)
        {
            crc = AppendArm64(crc, data);
        }
        else
        {
            crc = AppendTable(crc, data);
        }

        return ~crc;
    }

    internal static uint AppendTable(uint crc, ReadOnlySpan<byte> data)
    {
        foreach (byte b in data)
        {
            crc = s_byte[(crc ^ b) & 0xFF] ^ (crc >> 8);
        }

        return crc;
    }

    private static uint AppendSse42(uint crc, ReadOnlySpan<byte> data)
    {
        ref byte p = ref MemoryMarshal.GetReference(data);
        nint offset = 0;
        nint length = data.Length;
        Interleave(ref crc, ref p, ref offset, length, LongBytes, s_long);
        Interleave(ref crc, ref p, ref offset, length, ShortBytes, s_short);
        ulong wide = crc;
        if (Pclmulqdq.IsSupported && length - offset >= FoldWordsMin * 8)
        {
            wide = Fold(wide, ref Unsafe.Add(ref p, offset), (int)((length - offset) / 8));
            offset += (length - offset) & ~7;
        }

        for (; length - offset >= 8; offset += 8)
        {
            wide = Sse42.X64.Crc32(wide, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref p, offset)));
        }

        crc = (uint)wide;
        for (; offset < length; offset++)
        {
            crc = Sse42.Crc32(crc, Unsafe.Add(ref p, offset));
        }

        return crc;
    }

    // Three streams of equal length and up to three words behind them, of which the first takes the joined streams in.
    private static ulong Fold(ulong crc, ref byte p, int words)
    {
        nint each = (nint)(uint)(words - 1) / 3;
        ulong a = crc;
        ulong b = 0;
        ulong c = 0;
        nint offset = 0;
        for (; offset < each * 8; offset += 8)
        {
            a = Sse42.X64.Crc32(a, Word(ref p, offset));
            b = Sse42.X64.Crc32(b, Word(ref p, offset + (each * 8)));
            c = Sse42.X64.Crc32(c, Word(ref p, offset + (each * 16)));
        }

        ref uint fold = ref MemoryMarshal.GetArrayDataReference(s_fold);
        Vector128<ulong> joined = Pclmulqdq.CarrylessMultiply(Vector128.CreateScalar(a), Vector128.CreateScalar((ulong)Unsafe.Add(ref fold, (2 * each) + 1)), 0)
            ^ Pclmulqdq.CarrylessMultiply(Vector128.CreateScalar(b), Vector128.CreateScalar((ulong)Unsafe.Add(ref fold, each + 1)), 0);
        offset = each * 24;
        c = Sse42.X64.Crc32(c, Word(ref p, offset) ^ joined.ToScalar());
        for (offset += 8; offset < (nint)(uint)words * 8; offset += 8)
        {
            c = Sse42.X64.Crc32(c, Word(ref p, offset));
        }

        return c;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Word(ref byte p, nint offset) => Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref p, offset));

    private static void Interleave(ref uint crc, ref byte p, ref nint offset, nint length, int streamBytes, uint[] shift)
    {
        while (length - offset >= 3 * streamBytes)
        {
            ulong a = crc;
            ulong b = 0;
            ulong c = 0;
            nint end = offset + streamBytes;
            for (; offset < end; offset += 8)
            {
                a = Sse42.X64.Crc32(a, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref p, offset)));
                b = Sse42.X64.Crc32(b, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref p, offset + streamBytes)));
                c = Sse42.X64.Crc32(c, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref p, offset + (2 * streamBytes))));
            }

            uint ab = Shift(shift, (uint)a) ^ (uint)b;
            crc = Shift(shift, ab) ^ (uint)c;
            offset += 2 * streamBytes;
        }
    }

    private static uint AppendArm64(uint crc, ReadOnlySpan<byte> data)
    {
        while (data.Length >= 8)
        {
            crc = Crc32.Arm64.ComputeCrc32C(crc, MemoryMarshal.Read<ulong>(data));
            data = data[8..];
        }

        foreach (byte b in data)
        {
            crc = Crc32.ComputeCrc32C(crc, b);
        }

        return crc;
    }

    // Advances a checksum over a fixed number of zero bytes: the operator is linear, so four tables of 256 cover it.
    private static uint Shift(uint[] table, uint crc) =>
        table[crc & 0xFF] ^ table[256 + ((crc >> 8) & 0xFF)] ^ table[512 + ((crc >> 16) & 0xFF)] ^ table[768 + (crc >> 24)];

    private static uint[] BuildByteTable()
    {
        var table = new uint[256];
        for (uint i = 0; i < 256; i++)
        {
            uint crc = i;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ Polynomial : crc >> 1;
            }

            table[i] = crc;
        }

        return table;
    }

    // At n: x to the power 64 n - 33, by which a checksum is moved over n words when the instruction reduces the product (it multiplies by
    // x to 32, and a product of reflected numbers lacks one x). In the reflected order bit 0 is x to 31.
    private static uint[] BuildFold(int count)
    {
        var powers = new uint[count];
        powers[1] = 1;
        for (int n = 2; n < count; n++)
        {
            uint power = powers[n - 1];
            for (int i = 0; i < 8; i++)
            {
                power = s_byte[power & 0xFF] ^ (power >> 8);
            }

            powers[n] = power;
        }

        return powers;
    }

    private static uint[] BuildShift(int zeroBytes)
    {
        Span<uint> basis = stackalloc uint[32];
        for (int bit = 0; bit < 32; bit++)
        {
            uint crc = 1u << bit;
            for (int i = 0; i < zeroBytes; i++)
            {
                crc = s_byte[crc & 0xFF] ^ (crc >> 8);
            }

            basis[bit] = crc;
        }

        var table = new uint[1024];
        for (int part = 0; part < 4; part++)
        {
            for (int value = 0; value < 256; value++)
            {
                uint crc = 0;
                for (int bit = 0; bit < 8; bit++)
                {
                    crc ^= (value >> bit & 1) != 0 ? basis[(part * 8) + bit] : 0;
                }

                table[(part * 256) + value] = crc;
            }
        }

        return table;
    }
}
