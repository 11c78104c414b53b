namespace Daos.Fabric.Store.Arenas;

/// <summary>
/// Stands at the start of each slab: an aligned piece of the arena cut into blocks of one size class. The fields that an allocation
/// changes lie together, so that it logs one range.
/// <code>
///    0 magic u32 | 4 class u16 | 6 state u16 | 8 capacity u32 (blocks) | 12 reserved u32
///   16 previous u64 | 24 next u64                       list of slabs with room, or of free slabs (next only)
///   32 first free u32 | 36 fresh u32 | 40 used u32 | 44 reserved u32      offsets inside the slab, blocks in use
///   48 reserved 16
/// </code>
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal struct SlabHeaderDf
{
    internal const int SizeBytes = 64;
    internal const uint MagicValue = 0x42414C53; // "SLAB"
    internal const int HotOffset = 32;
    internal const int HotBytes = 16;

    /// <summary>Says that a slab starts here.</summary>
    [FieldOffset(0)]
    internal uint Magic;

    /// <summary>Size class of its blocks.</summary>
    [FieldOffset(4)]
    internal ushort Class;

    /// <summary>A <see cref="SlabState"/>.</summary>
    [FieldOffset(6)]
    internal SlabState State;

    /// <summary>Blocks that fit.</summary>
    [FieldOffset(8)]
    internal uint Capacity;

    /// <summary>Neighbour in the list of its class.</summary>
    [FieldOffset(16)]
    internal ulong Previous;

    /// <summary>Neighbour in the list of its class, or next free slab.</summary>
    [FieldOffset(24)]
    internal ulong Next;

    /// <summary>Offset in the slab of the first block that was freed, or 0.</summary>
    [FieldOffset(32)]
    internal uint FirstFree;

    /// <summary>Offset in the slab of the first block that was never used.</summary>
    [FieldOffset(36)]
    internal uint Fresh;

    /// <summary>Blocks in use.</summary>
    [FieldOffset(40)]
    internal uint Used;
}

/// <summary>Where a slab stands.</summary>
internal enum SlabState : ushort
{
    /// <summary>In a list of free slabs.</summary>
    Free = 1,

    /// <summary>Has room and stands in its class's list.</summary>
    Partial = 2,

    /// <summary>Every block is in use; in no list.</summary>
    Full = 3,
}
