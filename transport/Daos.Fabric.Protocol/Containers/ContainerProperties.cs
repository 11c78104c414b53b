using Daos.Fabric.Protocol.Objects;

namespace Daos.Fabric.Protocol.Containers;

/// <summary>What is fixed when a container is created; 8 bytes on the wire: checksum type (1 byte), zero (3 bytes), chunk bytes.</summary>
/// <param name="Checksum">How values are protected from end to end.</param>
/// <param name="ChunkBytes">Bytes of an array that one checksum covers.</param>
public readonly record struct ContainerProperties(ChecksumType Checksum, uint ChunkBytes)
{
    /// <summary>Size on the wire.</summary>
    public const int SizeBytes = 8;

    /// <summary>CRC-32C over chunks of 32 KiB, as DAOS does when checksums are on.</summary>
    public static ContainerProperties Default => new(ChecksumType.Crc32C, 32 * 1024);

    internal void Write(ref WireWriter writer)
    {
        writer.WriteUInt32((uint)Checksum);
        writer.WriteUInt32(ChunkBytes);
    }

    internal static ContainerProperties Read(ref WireReader reader)
    {
        uint checksum = reader.ReadUInt32();
        uint chunkBytes = reader.ReadUInt32();
        if (checksum > (uint)ChecksumType.Crc32C || (checksum != 0 && chunkBytes == 0))
        {
            reader.Fail();
        }

        return new ContainerProperties((ChecksumType)checksum, chunkBytes);
    }
}
