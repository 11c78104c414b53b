namespace Daos.Fabric.Store.Transactions.Tables;

/// <summary>References of a transaction that do not fit its entry, in the order of writing.</summary>
/// <remarks>
/// <code>
///  0 block before u64 (0: the entry itself) | 8 count u32 | 12 capacity u32 | 16 RecordReferenceDf ...
/// </code>
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal struct RecordBlockDf
{
    /// <summary>Bytes before the references.</summary>
    public const int SizeBytes = 16;

    /// <summary>References of the largest block, 8 KiB.</summary>
    public const int CapacityMax = ((8 << 10) - SizeBytes) / RecordReferenceDf.SizeBytes;

    /// <summary>The block with the references before these.</summary>
    [FieldOffset(0)]
    public ulong Before;

    /// <summary>References in it.</summary>
    [FieldOffset(8)]
    public uint Count;

    /// <summary>References that fit.</summary>
    [FieldOffset(12)]
    public uint Capacity;

    /// <summary>Size of the allocation.</summary>
    public static int AllocationBytes(uint capacity) => SizeBytes + ((int)capacity * RecordReferenceDf.SizeBytes);
}
