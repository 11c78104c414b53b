namespace Daos.Fabric.Store.Trees;

/// <summary>
/// A dkey or an akey in the arena: its incarnation log, what lies below it, and the key's bytes. Owned by one xstream.
/// </summary>
/// <remarks>
/// <code>
///  0                                   24               32               40       42    43     44
/// | incarnation log (IncarnationDf)   | below          | history        | length | type| order| record bytes |
/// 48 key bytes, zero-padded to 8
///
/// dkey:              below = root of the akey tree,    history = 0
/// akey, single:      below = newest VersionDf,         history = root of the tree of older versions, by epoch
/// akey, array:       below = root of the extents,      history = 0,   record bytes = size of one record
/// </code>
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal unsafe struct KeyRecordDf
{
    /// <summary>Bytes before the key.</summary>
    public const int SizeBytes = 48;

    /// <summary>Offset of <see cref="Below"/>, a tree's root word in dkeys and arrays.</summary>
    public const int BelowOffset = 24;

    /// <summary>Offset of <see cref="History"/>, a tree's root word in single values.</summary>
    public const int HistoryOffset = 32;

    /// <summary>When the key was created and punched.</summary>
    [FieldOffset(0)]
    public IncarnationDf Incarnation;

    /// <summary>What lies below; see the drawing.</summary>
    [FieldOffset(BelowOffset)]
    public ulong Below;

    /// <summary>Older versions of a single value.</summary>
    [FieldOffset(HistoryOffset)]
    public ulong History;

    /// <summary>Bytes of the key.</summary>
    [FieldOffset(40)]
    public ushort KeyLength;

    /// <summary>What an akey holds; fixed with its first value.</summary>
    [FieldOffset(42)]
    public AkeyType Type;

    /// <summary>How the tree that holds this key is ordered.</summary>
    [FieldOffset(43)]
    public KeyOrder Order;

    /// <summary>Size of one array record in bytes; fixed with the first extent.</summary>
    [FieldOffset(44)]
    public uint RecordBytes;

    /// <summary>Size of the record of a key.</summary>
    public static int AllocationBytes(int keyLength) => SizeBytes + ((keyLength + 7) & ~7);

    /// <summary>The key's bytes, checked to lie inside the arena.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ReadOnlySpan<byte> Key(Arena arena, ulong record)
    {
        var key = arena.At<KeyRecordDf>(record);
        int length = key->KeyLength;
        return new ReadOnlySpan<byte>(arena.At(record + SizeBytes, length), length);
    }
}
