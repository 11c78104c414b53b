namespace Daos.Fabric.Core.Checksums;

/// <summary>Adler-32 (RFC 1950). Weak for short data; here because DAOS has it. Any thread.</summary>
public static class Adler32
{
    /// <summary>What the checksum of nothing is.</summary>
    public const uint Start = 1;

    private const uint Modulus = 65_521;

    // The longest run after which both sums still fit 32 bits.
    private const int RunBytes = 5552;

    /// <summary>The checksum of one span.</summary>
    public static uint Compute(ReadOnlySpan<byte> data) => Append(Start, data);

    /// <summary>Continues a checksum: Append(Compute(a), b) is the checksum of a followed by b.</summary>
    public static uint Append(uint checksum, ReadOnlySpan<byte> data)
    {
        uint low = checksum & 0xFFFF;
        uint high = checksum >> 16;
        while (!data.IsEmpty)
        {
            ReadOnlySpan<byte> run = data[..Math.Min(data.Length, RunBytes)];
            data = data[run.Length..];
            for (; run.Length >= 8; run = run[8..])
            {
                // Eight bytes at once: the high sum gets each byte as often as bytes follow it.
                ulong bytes = MemoryMarshal.Read<ulong>(run);
                uint b0 = (byte)bytes;
                uint b1 = (byte)(bytes >> 8);
                uint b2 = (byte)(bytes >> 16);
                uint b3 = (byte)(bytes >> 24);
                uint b4 = (byte)(bytes >> 32);
                uint b5 = (byte)(bytes >> 40);
                uint b6 = (byte)(bytes >> 48);
                uint b7 = (byte)(bytes >> 56);
                high += (8 * low) + (8 * b0) + (7 * b1) + (6 * b2) + (5 * b3) + (4 * b4) + (3 * b5) + (2 * b6) + b7;
                low += b0 + b1 + b2 + b3 + b4 + b5 + b6 + b7;
            }

            foreach (byte b in run)
            {
                low += b;
                high += low;
            }

            low %= Modulus;
            high %= Modulus;
        }

        return (high << 16) | low;
    }
}
