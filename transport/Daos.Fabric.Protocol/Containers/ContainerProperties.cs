namespace Daos.Fabric.Protocol.Containers;

/// <summary>
/// What is fixed when a container is created; 8 bytes on the wire: checksum type (1 byte), flags (1 byte, bit 0: the engine does not check
/// what arrives, bit 1: not scrubbed), zero (2 bytes), chunk bytes.
/// </summary>
/// <param name="Checksum">How values are protected from end to end (DAOS: cksum).</param>
/// <param name="ChunkBytes">Bytes of an array that one checksum covers, 64 to 262,144 (DAOS: cksum_size).</param>
/// <param name="VerifyOnServer">
/// The engine checks values when they arrive, before they are stored (DAOS: srv_cksum, where it is off unless asked for).
/// </param>
/// <param name="IsScrubbed">
/// Engines that scrub compare the container's values with their checksums too; false opts out (DAOS: DAOS_PROP_CO_SCRUBBER_DISABLED).
/// </param>
public readonly record struct ContainerProperties(ChecksumType Checksum, uint ChunkBytes, bool VerifyOnServer = true, bool IsScrubbed = true)
{
    /// <summary>Size on the wire.</summary>
    public const int SizeBytes = 8;

    private const byte TrustFlag = 1;
    private const byte UnscrubbedFlag = 2;

    /// <summary>CRC-32C over chunks of 32 KiB, as DAOS does when checksums are on; checked on arrival.</summary>
    public static ContainerProperties Default => new(ChecksumType.Crc32C, 32 * 1024);

    /// <summary>True when a container may be created with it.</summary>
    public bool IsValid =>
        ChecksumTypes.IsKnown((uint)Checksum)
        && (Checksum == ChecksumType.None || ChunkBytes is >= ProtocolLimits.ChunkBytesMin and <= ProtocolLimits.ChunkBytesMax);

    /// <summary>The flags as they are sent and stored.</summary>
    public byte Flags => (byte)((VerifyOnServer ? 0 : TrustFlag) | (IsScrubbed ? 0 : UnscrubbedFlag));

    /// <summary>Puts the properties together again; false for flags that are not known.</summary>
    public static bool TryMake(byte checksum, byte flags, uint chunkBytes, out ContainerProperties properties)
    {
        properties = new ContainerProperties((ChecksumType)checksum, chunkBytes, (flags & TrustFlag) == 0, (flags & UnscrubbedFlag) == 0);
        return flags <= (TrustFlag | UnscrubbedFlag) && properties.IsValid;
    }

    internal void Write(ref WireWriter writer)
    {
        writer.WriteByte((byte)Checksum);
        writer.WriteByte(Flags);
        writer.WriteUInt16(0);
        writer.WriteUInt32(ChunkBytes);
    }

    internal static ContainerProperties Read(ref WireReader reader)
    {
        byte checksum = reader.ReadByte();
        byte flags = reader.ReadByte();
        ushort zero = reader.ReadUInt16();
        if (!TryMake(checksum, flags, reader.ReadUInt32(), out ContainerProperties properties) || zero != 0)
        {
            reader.Fail();
        }

        return properties;
    }
}
