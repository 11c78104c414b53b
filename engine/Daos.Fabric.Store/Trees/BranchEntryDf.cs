namespace Daos.Fabric.Store.Trees;

/// <summary>
/// One child of a branch. Prefix and record name the smallest record below the child, so that keys with the same first 64 bits are told
/// apart on the way down as well. Drawn at <see cref="TreeNodeDf"/>.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal struct BranchEntryDf
{
    /// <summary>Bytes of an entry.</summary>
    public const int SizeBytes = 24;

    /// <summary>First 64 bits of the smallest key below the child.</summary>
    [FieldOffset(0)]
    public ulong Prefix;

    /// <summary>The record with that key.</summary>
    [FieldOffset(8)]
    public ulong Record;

    /// <summary>Offset of the child node.</summary>
    [FieldOffset(16)]
    public ulong Child;
}
