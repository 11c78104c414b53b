namespace Daos.Fabric.Store.Transactions.Tables;

/// <summary>One record that an undecided transaction wrote, and where it hangs.</summary>
/// <remarks>
/// <code>
///  0 u64: arena offset of the record in bits 0-43, minor epoch in bits 44-59, kind in bits 60-63
///  8 u64: version and extent: offset of the akey; event: offset of the root word of the tree that holds the log's owner
/// </code>
/// An event is named by its log and its minor epoch, because it moves when a newer one comes.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal readonly struct RecordReferenceDf
{
    /// <summary>Bytes of a reference.</summary>
    public const int SizeBytes = 16;

    private const int OffsetBits = 44;
    private const int MinorBits = 16;

    [FieldOffset(0)]
    private readonly ulong _record;

    /// <summary>What it hangs on.</summary>
    [FieldOffset(8)]
    public readonly ulong Owner;

    /// <param name="kind">What it is.</param>
    /// <param name="record">Version or extent, or the log of an event.</param>
    /// <param name="owner">See the drawing.</param>
    /// <param name="minor">Minor epoch.</param>
    public RecordReferenceDf(RecordKind kind, ulong record, ulong owner, ushort minor)
    {
        Invariant.Check(record >> OffsetBits == 0);
        _record = record | (ulong)minor << OffsetBits | (ulong)kind << (OffsetBits + MinorBits);
        Owner = owner;
    }

    /// <summary>What it is.</summary>
    public RecordKind Kind => (RecordKind)(_record >> (OffsetBits + MinorBits));

    /// <summary>Version or extent, or the log of an event.</summary>
    public ulong Record => _record & ((1UL << OffsetBits) - 1);

    /// <summary>Minor epoch of an event.</summary>
    public ushort Minor => (ushort)(_record >> OffsetBits);
}

/// <summary>What a transaction wrote. On media.</summary>
internal enum RecordKind : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>A version of a single value.</summary>
    Version = 1,

    /// <summary>An extent of an array.</summary>
    Extent = 2,

    /// <summary>A creation or punch in the incarnation log of an object, dkey or akey.</summary>
    Event = 3,
}
