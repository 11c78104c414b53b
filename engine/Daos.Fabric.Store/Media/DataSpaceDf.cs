namespace Daos.Fabric.Store.Media;

/// <summary>
/// The data space's persistent state: a bitmap of used blocks, in chunks of equal size that are blocks of the arena.
/// <code>
///  0 version u32 | 4 chunk bytes u32 | 8 total blocks u64 | 16 chunks u32 | 20 reserved u32 | 24 reserved u64
/// 32 offset of each chunk u64 ...
/// </code>
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal struct DataSpaceDf
{
    internal const int SizeBytes = 32;
    internal const uint VersionValue = 1;

    /// <summary>Layout version.</summary>
    [FieldOffset(0)]
    internal uint Version;

    /// <summary>Bytes of each chunk of the bitmap; a power of two from 512 to 64 KiB.</summary>
    [FieldOffset(4)]
    internal uint ChunkBytes;

    /// <summary>Blocks of the data file, header block included.</summary>
    [FieldOffset(8)]
    internal ulong TotalBlocks;

    /// <summary>Number of chunks.</summary>
    [FieldOffset(16)]
    internal uint ChunkCount;
}
