using System.Buffers.Binary;
using Daos.Fabric.Core.Checksums;

namespace Daos.Fabric.TestKit.Ledgers;

/// <summary>
/// A value that tells by itself whether it is whole and which write made it: magic, writer, key, sequence, length, CRC-32C, then random
/// bytes. Any thread.
/// </summary>
/// <param name="Writer">Who wrote it.</param>
/// <param name="Key">Under which key.</param>
/// <param name="Sequence">The how-many-th write of that key.</param>
public readonly record struct LedgerValue(int Writer, int Key, long Sequence)
{
    /// <summary>Bytes before the random part.</summary>
    public const int HeadBytes = 32;

    private const uint Magic = 0x4C454447;

    /// <summary>Builds the bytes.</summary>
    public byte[] ToBytes(SeededRandom random, int lengthBytes)
    {
        byte[] bytes = new byte[Math.Max(lengthBytes, HeadBytes)];
        random.Fill(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), Writer);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), Key);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), bytes.Length);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16), Sequence);
        bytes.AsSpan(24, 8).Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(24), Crc32C.Compute(bytes));
        return bytes;
    }

    /// <summary>Reads it back; null when it is not one whole value.</summary>
    public static LedgerValue? Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeadBytes
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Magic
            || BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]) != bytes.Length)
        {
            return null;
        }

        byte[] copy = bytes.ToArray();
        uint checksum = BinaryPrimitives.ReadUInt32LittleEndian(copy.AsSpan(24));
        copy.AsSpan(24, 4).Clear();
        return Crc32C.Compute(copy) != checksum
            ? null
            : new LedgerValue(
                BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]),
                BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]),
                BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]));
    }
}
