using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Daos.Fabric.Core.Checksums;

/// <summary>
/// CRC-32C (Castagnoli, reflected, initial and final inversion), by the processor's instruction where it has one. Large inputs run as
/// three interleaved streams, because the instruction takes three cycles but a new one can start every cycle. Any thread.
/// </summary>
public static class Crc32C
{
    private const uint Polynomial = 0x82F63B78;
    private const int LongBytes = 8192;
    private const int ShortBytes = 256;

    private static readonly uint[] s_byte = BuildByteTable();
    private static readonly uint[] s_long = BuildShift(LongBytes);
    private static readonly uint[] s_short = BuildShift(ShortBytes);

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
