namespace Daos.Fabric.Core.Checksums;

/// <summary>
/// CRC-16/T10-DIF (polynomial 0x8BB7, not reflected, initial value 0), eight bytes a step from tables. Any thread.
/// </summary>
public static class Crc16
{
    private const uint Polynomial = 0x8BB7;

    private static readonly ushort[] s_table = BuildTables();

    /// <summary>The checksum of one span.</summary>
    public static ushort Compute(ReadOnlySpan<byte> data) => Append(0, data);

    /// <summary>Continues a checksum: Append(Compute(a), b) is the checksum of a followed by b.</summary>
    public static ushort Append(ushort checksum, ReadOnlySpan<byte> data)
    {
        uint crc = checksum;
        ref ushort table = ref MemoryMarshal.GetArrayDataReference(s_table);
        for (; data.Length >= 8; data = data[8..])
        {
            ulong bytes = MemoryMarshal.Read<ulong>(data);
            crc = (uint)(At(ref table, 7, (byte)bytes ^ (crc >> 8))
                ^ At(ref table, 6, (byte)(bytes >> 8) ^ (crc & 0xFF))
                ^ At(ref table, 5, (byte)(bytes >> 16))
                ^ At(ref table, 4, (byte)(bytes >> 24))
                ^ At(ref table, 3, (byte)(bytes >> 32))
                ^ At(ref table, 2, (byte)(bytes >> 40))
                ^ At(ref table, 1, (byte)(bytes >> 48))
                ^ At(ref table, 0, (byte)(bytes >> 56)));
        }

        foreach (byte b in data)
        {
            crc = ((crc << 8) & 0xFFFF) ^ At(ref table, 0, b ^ (crc >> 8));
        }

        return (ushort)crc;
    }

    // Table k: a byte followed by k zero bytes.
    private static uint At(ref ushort table, int k, uint index) => Unsafe.Add(ref table, (k * 256) + (int)index);

    private static ushort[] BuildTables()
    {
        var table = new ushort[8 * 256];
        for (uint value = 0; value < 256; value++)
        {
            uint crc = value << 8;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 0x8000) != 0 ? (crc << 1) ^ Polynomial : crc << 1;
            }

            table[value] = (ushort)crc;
        }

        for (int i = 256; i < table.Length; i++)
        {
            uint before = table[i - 256];
            table[i] = (ushort)((before << 8) ^ table[before >> 8]);
        }

        return table;
    }
}
