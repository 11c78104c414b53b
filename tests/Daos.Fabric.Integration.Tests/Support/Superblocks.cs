using System.Buffers.Binary;
using Daos.Fabric.Core.Checksums;

namespace Daos.Fabric.Integration.Tests.Support;

/// <summary>Damages both copies of a store's superblock, as LAYOUT.md of the store draws it: version at byte 8, checksum in the last four.</summary>
internal static class Superblocks
{
    private const int SizeBytes = 4096;
    private const int DistanceBytes = 64 * 1024;

    internal static byte[] Corrupt(byte[] meta) => Change(meta, superblock => superblock[100] ^= 0xFF);

    internal static byte[] WithVersion(byte[] meta, uint version) => Change(meta, superblock =>
    {
        BinaryPrimitives.WriteUInt32LittleEndian(superblock[8..], version);
        BinaryPrimitives.WriteUInt32LittleEndian(superblock[^4..], Crc32C.Compute(superblock[..^4]));
    });

    private static byte[] Change(byte[] meta, Action<Span<byte>> change)
    {
        byte[] changed = [.. meta];
        change(changed.AsSpan(0, SizeBytes));
        change(changed.AsSpan(DistanceBytes, SizeBytes));
        return changed;
    }
}
