namespace Daos.Fabric.Protocol.Objects;

/// <summary>How values are protected from end to end.</summary>
public enum ChecksumType : byte
{
    /// <summary>Not at all.</summary>
    None = 0,

    /// <summary>CRC-32C.</summary>
    Crc32C = 1,
}
