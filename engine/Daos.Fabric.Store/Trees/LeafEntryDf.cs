namespace Daos.Fabric.Store.Trees;

/// <summary>One record of a leaf: the first 64 bits of its key and where it lies. Drawn at <see cref="TreeNodeDf"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal struct LeafEntryDf
{
    /// <summary>Bytes of an entry.</summary>
    public const int SizeBytes = 16;

    /// <summary>First 64 bits of the order.</summary>
    [FieldOffset(0)]
    public ulong Prefix;

    /// <summary>Offset of the record.</summary>
    [FieldOffset(8)]
    public ulong Record;
}
