namespace Daos.Fabric.Store.Arenas;

/// <summary>
/// The first page of an arena. Everything that recovery needs hangs on it.
/// <code>
///    0 magic u64 | 8 version u32 | 12 reserved u32 | 16 used bytes u64 | 24 HLC ceiling u64
///   32 data space u64 | 40 free small slabs u64 | 48 free large slabs u64 | 56 reserved u64
///   64 roots 16 x u64 | 192 size classes 64 x u64 (first slab with room) | 704 reserved to 4096
/// </code>
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal unsafe struct ArenaHeaderDf
{
    internal const int SizeBytes = 4096;
    internal const ulong MagicValue = 0x414E4552_41464144; // "DAFARENA", little-endian
    internal const uint VersionValue = 1;
    internal const int RootsMax = 16;
    internal const int ClassesMax = 64;

    /// <summary>Says that this is an arena.</summary>
    [FieldOffset(0)]
    internal ulong Magic;

    /// <summary>Layout version of everything inside.</summary>
    [FieldOffset(8)]
    internal uint Version;

    /// <summary>End of the slabs carved so far; memory above was never used and is zero.</summary>
    [FieldOffset(16)]
    internal ulong UsedBytes;

    /// <summary>No hybrid clock value above it was given out by this store.</summary>
    [FieldOffset(24)]
    internal ulong HlcCeiling;

    /// <summary>Offset of the data space's header, or 0.</summary>
    [FieldOffset(32)]
    internal ulong DataSpace;

    /// <summary>First free slab of 64 KiB, or 0.</summary>
    [FieldOffset(40)]
    internal ulong FreeSmallSlabs;

    /// <summary>First free slab of 512 KiB, or 0.</summary>
    [FieldOffset(48)]
    internal ulong FreeLargeSlabs;

    /// <summary>Words for the owners of trees.</summary>
    [FieldOffset(64)]
    internal fixed ulong Roots[RootsMax];

    /// <summary>Per size class the first slab with room, or 0.</summary>
    [FieldOffset(192)]
    internal fixed ulong Classes[ClassesMax];
}
