namespace Daos.Fabric.Store.Checksums;

/// <summary>How values are checked. On media and, with the same numbers, on the wire.</summary>
public enum ChecksumType : byte
{
    /// <summary>No checksum.</summary>
    None = 0,

    /// <summary>CRC-32C.</summary>
    Crc32C = 1,
}
