namespace Daos.Fabric.Protocol;

/// <summary>Limits that client and engine agree on, each with unit and reason.</summary>
public static class ProtocolLimits
{
    /// <summary>Values up to this many bytes together travel inside the message, larger ones by bulk (DAOS_BULK_LIMIT, 19 KiB).</summary>
    public const int InlineBytesMax = 19 * 1024;

    /// <summary>Keys are at most this many bytes (DER_KEY2BIG above): four of them and the eager limit fit a message.</summary>
    public const int KeyBytesMax = 4096;

    /// <summary>Akeys of one update or fetch at most.</summary>
    public const int IodsMax = 64;

    /// <summary>Extents of one update or fetch at most, over all its akeys.</summary>
    public const int RecxsMax = 1024;

    /// <summary>Words of checksums of one update at most, over all its akeys: keys and extents have room beside them in a message.</summary>
    public const int ChecksumWordsMax = 15 * 1024;

    /// <summary>Smallest chunk that a checksum covers: the longest checksum is not longer.</summary>
    public const int ChunkBytesMin = 64;

    /// <summary>Largest chunk that a checksum covers: to read one byte the engine reads and checks one chunk.</summary>
    public const int ChunkBytesMax = 256 * 1024;

    /// <summary>Bytes of all values of one update or fetch at most: what one bulk transfer moves.</summary>
    public const long ValueBytesMax = 1L << 30;

    /// <summary>Payload of a message at most: the transport's 64 KiB less the RPC's own head.</summary>
    public const int PayloadBytesMax = (64 * 1024) - RpcLimits.HeadBytesMax;

    /// <summary>Labels of pools and containers are at most this many bytes (DAOS_PROP_LABEL_MAX_LEN).</summary>
    public const int LabelBytesMax = 127;

    /// <summary>Targets of one engine at most.</summary>
    public const int TargetsMax = 128;

    /// <summary>Pools or containers told by one listing at most.</summary>
    public const int ListMax = 256;
}
