using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store.Trees;

/// <summary>Names a run of blocks. Part of its owner's record; more of them follow in that of a scattered value.</summary>
/// <remarks>
/// <code>
///  0                8              12
/// | first block    | blocks       | further |
/// </code>
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal struct DataReferenceDf
{
    /// <summary>Bytes of a reference.</summary>
    public const int SizeBytes = 16;

    /// <summary>First block in the data space.</summary>
    [FieldOffset(0)]
    public ulong Block;

    /// <summary>Blocks of 4 KiB.</summary>
    [FieldOffset(8)]
    public uint Blocks;

    /// <summary>References behind this one, of a single value that is scattered over several runs; else, and in those behind, 0.</summary>
    [FieldOffset(12)]
    public uint Further;

    /// <summary>The run.</summary>
    public readonly DataExtent Extent => new(Block, Blocks);

    /// <summary>Names a run.</summary>
    public static DataReferenceDf Of(DataExtent extent) => new() { Block = extent.Block, Blocks = extent.Blocks };
}
