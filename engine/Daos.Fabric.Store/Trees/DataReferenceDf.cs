namespace Daos.Fabric.Store.Trees;

/// <summary>Names a data extent. Part of its owner's record.</summary>
/// <remarks>
/// <code>
///  0                8              12
/// | first block    | blocks       | reserved |
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

    /// <summary>Zero.</summary>
    [FieldOffset(12)]
    public uint Reserved;
}
