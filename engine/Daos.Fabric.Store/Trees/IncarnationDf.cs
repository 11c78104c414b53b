namespace Daos.Fabric.Store.Trees;

/// <summary>
/// The incarnation log of an object, dkey or akey: when it was created and punched. The newest event stands inline, older ones in a
/// tree by epoch, so that a key that was created once and never punched costs nothing more. Part of its owner's record.
/// </summary>
/// <remarks>
/// <code>
///  0               8       10     11         12            16
/// | epoch         | minor | kind | reserved | transaction | older events: root of a tree of IncarnationEventDf |
/// </code>
/// Transaction is 0 for a committed event, else the number of an undecided transaction.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal struct IncarnationDf
{
    /// <summary>Bytes of the log's root.</summary>
    public const int SizeBytes = 24;

    /// <summary>Offset of <see cref="Older"/>, a tree's root word.</summary>
    public const int OlderOffset = 16;

    /// <summary>The newest event.</summary>
    [FieldOffset(0)]
    public IncarnationEventDf Newest;

    /// <summary>Root of the tree of older events.</summary>
    [FieldOffset(OlderOffset)]
    public ulong Older;
}
