namespace Daos.Fabric.Core.Checksums;

/// <summary>
/// CRC-64 with ECMA-182's polynomial, reflected, initial and final inversion (catalogued as CRC-64/XZ), eight bytes a step from tables.
/// Any thread.
/// </summary>
public static class Crc64
{
    private const ulong Polynomial = 0xC96C5795D7870F42;

    private static readonly ulong[] s_table = BuildTables();

    /// <summary>The checksum of one span.</summary>
    public static ulong Compute(ReadOnlySpan<byte> data) => Append(0, data);

    /// <summary>Continues a checksum: Append(Compute(a), b) is the checksum of a followed by b.</summary>
    public static ulong Append(ulong checksum, ReadOnlySpan<byte> data)
    {
        ulong crc = ~checksum;
        ref ulong table = ref MemoryMarshal.GetArrayDataReference(s_table);
        for (; data.Length >= 8; data = data[8..])
        {
            ulong mixed = crc ^ MemoryMarshal.Read<ulong>(data);
            crc = At(ref table, 7, (byte)mixed)
                ^ At(ref table, 6, (byte)(mixed >> 8))
                ^ At(ref table, 5, (byte)(mixed >> 16))
                ^ At(ref table, 4, (byte)(mixed >> 24))
                ^ At(ref table, 3, (byte)(mixed >> 32))
                ^ At(ref table, 2, (byte)(mixed >> 40))
                ^ At(ref table, 1, (byte)(mixed >> 48))
                ^ At(ref table, 0, (byte)(mixed >> 56));
        }

        foreach (byte b in data)
        {
            crc = (crc >> 8) ^ At(ref table, 0, (byte)(crc ^ b));
        }

        return ~crc;
    }

    // Table k: a byte followed by k zero bytes.
    private static ulong At(ref ulong table, int k, byte index) => Unsafe.Add(ref table, (k * 256) + index);

    private static ulong[] BuildTables()
    {
        var table = new ulong[8 * 256];
        for (uint value = 0; value < 256; value++)
        {
            ulong crc = value;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ Polynomial : crc >> 1;
            }

            table[value] = crc;
        }

        for (int i = 256; i < table.Length; i++)
        {
            table[i] = (table[i - 256] >> 8) ^ table[(byte)table[i - 256]];
        }

        return table;
    }
}
