using System.Runtime.Intrinsics;
using Daos.Fabric.Core.Checksums;

namespace Daos.Fabric.Bench.Running;

/// <summary>
/// What stands in a block: incompressible bytes with a stamp that says whose block it is, and with verify=crc32c a checksum over the
/// whole block. A block too small for the stamp carries as much of the block number as fits. Any thread.
/// </summary>
/// <remarks>
/// <code>
/// 0        8            16        20
/// | block  | generation | crc32c  | random bytes ... |
/// </code>
/// The checksum covers everything but itself.
/// </remarks>
internal static class BlockPattern
{
    internal const int StampBytes = 20;

    /// <summary>Marks the buffer as one block's newest content.</summary>
    internal static void Stamp(Span<byte> data, long block, ulong generation, bool checksum)
    {
        if (data.Length < StampBytes)
        {
            StampSmall(data, block);
            return;
        }

        // By stores of 16 bytes: the block is copied right afterwards, and a processor hands a store on only to a load that lies within it.
        MemoryMarshal.Write(data, Vector128.Create((ulong)block, generation));
        uint crc = checksum ? Checksum(data) : 0;
        if (data.Length < 32)
        {
            MemoryMarshal.Write(data[16..], crc);
            return;
        }

        MemoryMarshal.Write(data[16..], MemoryMarshal.Read<Vector128<uint>>(data[16..]).WithElement(0, crc));
    }

    /// <summary>True when the bytes are this block's, and whole.</summary>
    internal static bool Matches(ReadOnlySpan<byte> data, long block, bool checksum)
    {
        if (data.Length < StampBytes)
        {
            Span<byte> expected = stackalloc byte[8];
            StampSmall(expected, block);
            int known = Math.Min(data.Length, 8);
            return data[..known].SequenceEqual(expected[..known]);
        }

        return MemoryMarshal.Read<long>(data) == block && (!checksum || MemoryMarshal.Read<uint>(data[16..]) == Checksum(data));
    }

    private static void StampSmall(Span<byte> data, long block)
    {
        for (int i = 0; i < Math.Min(data.Length, 8); i++)
        {
            data[i] = (byte)(block >> (8 * i));
        }
    }

    private static uint Checksum(ReadOnlySpan<byte> data) => Crc32C.Append(Crc32C.Compute(data[..16]), data[StampBytes..]);
}
