namespace Daos.Fabric.Store.Format;

/// <summary>
/// The head of a log block. A block is a multiple of 4 KiB; after the head come transactions (<see cref="LogTransactionDf"/>), then
/// zeros up to the block's end.
/// <code>
///    0 magic u64 | 8 generation u64 | 16 position u64 | 24 stable position when written u64
///   32 block bytes u32 | 36 payload bytes u32 | 40 crc32c u32 | 44 flags u32 | 48 reserved 16
/// </code>
/// The checksum runs over the store's identity, the head with this field zero, and the payload.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal struct LogBlockDf
{
    internal const int SizeBytes = 64;
    internal const int AlignBytes = 4096;
    internal const ulong MagicValue = 0x314B4C42_474F4C44; // "DLOGBLK1"

    /// <summary>The payload goes on with a transaction that began in the block before.</summary>
    internal const uint FlagContinues = 1;

    [FieldOffset(0)]
    internal ulong Magic;

    /// <summary>Raised at every opening; a block of an older one behind a cut means nothing.</summary>
    [FieldOffset(8)]
    internal ulong Generation;

    /// <summary>Position of the block's first byte.</summary>
    [FieldOffset(16)]
    internal ulong Position;

    /// <summary>Everything up to here was durable when this block was handed to the device.</summary>
    [FieldOffset(24)]
    internal ulong Stable;

    /// <summary>Size on media.</summary>
    [FieldOffset(32)]
    internal uint BlockBytes;

    /// <summary>Bytes of transactions after the head.</summary>
    [FieldOffset(36)]
    internal uint PayloadBytes;

    [FieldOffset(40)]
    internal uint Checksum;

    [FieldOffset(44)]
    internal uint Flags;
}
