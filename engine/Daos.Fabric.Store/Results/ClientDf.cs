namespace Daos.Fabric.Store.Results;

/// <summary>One client and the ring of its results. Owned by one xstream.</summary>
/// <remarks>
/// <code>
///  0 id, 16 bytes, big-endian | 16 capacity u32 (64 to 4096, a power of two) | 20 reserved u32
/// 24 ring segments, 4 x u64: blocks of up to 1024 x ResultDf | 56 reserved u64
/// </code>
/// The result of sequence s stands in slot s mod capacity, which lies in segment slot / 1024.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal unsafe struct ClientDf
{
    /// <summary>Bytes of the record.</summary>
    public const int SizeBytes = 64;

    /// <summary>Segments of the largest ring.</summary>
    public const int SegmentsMax = 4;

    /// <summary>Results in one segment at most.</summary>
    public const int SegmentResults = 1024;

    /// <summary>Results in the smallest ring.</summary>
    public const int CapacityMin = 64;

    /// <summary>The id's bytes.</summary>
    [FieldOffset(0)]
    public fixed byte Id[16];

    /// <summary>Results in the ring.</summary>
    [FieldOffset(16)]
    public uint Capacity;

    [FieldOffset(20)]
    private readonly uint _reserved1;

    /// <summary>Offsets of the segments.</summary>
    [FieldOffset(24)]
    public fixed ulong Segments[SegmentsMax];

    [FieldOffset(56)]
    private readonly ulong _reserved2;
}
