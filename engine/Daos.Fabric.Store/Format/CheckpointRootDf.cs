namespace Daos.Fabric.Store.Format;

/// <summary>
/// A root of the checkpoint: names the directory's pages and where the log takes over. Two root areas lie in the file meta behind the
/// superblocks; checkpoints write them in turn, and the good one with the higher sequence counts. The directory follows the head: one
/// <see cref="PageEntryDf"/> per map page.
/// <code>
///    0 magic u64 | 8 version u32 | 12 flags u32 | 16 sequence u64 | 24 log start u64 | 32 log end u64 | 40 generation u64
///   48 arena pages u64 | 56 map pages u32 | 60 crc32c u32 | 64 store UUID 16 | 80 reserved to 128 | 128 directory ...
/// </code>
/// The checksum runs over head (with this field zero) and directory.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal unsafe struct CheckpointRootDf
{
    internal const int SizeBytes = 128;
    internal const ulong MagicValue = 0x31544F4F_52464144; // "DAFROOT1"
    internal const uint VersionValue = 1;

    /// <summary>Nothing was logged behind this checkpoint in its generation: a clean shutdown.</summary>
    internal const uint FlagClean = 1;

    [FieldOffset(0)]
    internal ulong Magic;

    [FieldOffset(8)]
    internal uint Version;

    [FieldOffset(12)]
    internal uint Flags;

    /// <summary>Rises by one with each checkpoint.</summary>
    [FieldOffset(16)]
    internal ulong Sequence;

    /// <summary>Replay starts here; no transaction lies across it.</summary>
    [FieldOffset(24)]
    internal ulong LogStart;

    /// <summary>Pages of this checkpoint hold changes up to here, so replay must reach it.</summary>
    [FieldOffset(32)]
    internal ulong LogEnd;

    /// <summary>Generation of the log when it was written.</summary>
    [FieldOffset(40)]
    internal ulong Generation;

    /// <summary>Pages that the map covers.</summary>
    [FieldOffset(48)]
    internal ulong ArenaPages;

    /// <summary>Entries of the directory.</summary>
    [FieldOffset(56)]
    internal uint MapPages;

    [FieldOffset(60)]
    internal uint Checksum;

    [FieldOffset(64)]
    internal fixed byte StoreId[16];
}
