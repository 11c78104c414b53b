namespace Daos.Fabric.Core.Checksums;

/// <summary>
/// How values are protected from end to end: DAOS's kinds. The numbers stand on media and on the wire.
/// </summary>
public enum ChecksumType : byte
{
    /// <summary>Not at all.</summary>
    None = 0,

    /// <summary>CRC-32C (DAOS: crc32, the polynomial of iSCSI), 4 bytes.</summary>
    Crc32C = 1,

    /// <summary>CRC-16/T10-DIF, 2 bytes.</summary>
    Crc16 = 2,

    /// <summary>CRC-64 with ECMA's polynomial, reflected and inverted, 8 bytes.</summary>
    Crc64 = 3,

    /// <summary>SHA-1, 20 bytes.</summary>
    Sha1 = 4,

    /// <summary>SHA-256, 32 bytes.</summary>
    Sha256 = 5,

    /// <summary>SHA-512, 64 bytes.</summary>
    Sha512 = 6,

    /// <summary>Adler-32, 4 bytes.</summary>
    Adler32 = 7,
}
