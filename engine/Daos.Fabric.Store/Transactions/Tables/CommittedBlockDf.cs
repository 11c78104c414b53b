using Daos.Fabric.Store.Io;

namespace Daos.Fabric.Store.Transactions.Tables;

/// <summary>A block of committed transactions in the order of their commits; all but the newest are full.</summary>
/// <remarks>
/// <code>
///  0 newer block u64 | 8 number of the first entry u64 | 16 clock at the newest commit u64 | 24 count u32 | 28 magic "DTXC" u32
/// 32 CommittedEntryDf ...     127 of them in 4 KiB
/// </code>
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal struct CommittedBlockDf
{
    /// <summary>Bytes before the entries.</summary>
    public const int SizeBytes = 32;

    /// <summary>Bytes of the whole block.</summary>
    public const int AllocationBytes = 4096;

    /// <summary>Entries of a full block.</summary>
    public const int Capacity = (AllocationBytes - SizeBytes) / CommittedEntryDf.SizeBytes;

    /// <summary>Value of <see cref="Magic"/>.</summary>
    public const uint MagicValue = 0x43585444;

    /// <summary>The next newer block.</summary>
    [FieldOffset(0)]
    public ulong Newer;

    /// <summary>How many entries the container had before this block's first.</summary>
    [FieldOffset(8)]
    public ulong FirstNumber;

    /// <summary>When the newest entry was added.</summary>
    [FieldOffset(16)]
    public ulong NewestCommit;

    /// <summary>Entries.</summary>
    [FieldOffset(24)]
    public uint Count;

    /// <summary>Says that this is one.</summary>
    [FieldOffset(28)]
    public uint Magic;

    /// <summary>Where an entry of a block lies.</summary>
    public static ulong EntryAt(ulong block, int index) => block + SizeBytes + ((ulong)index * CommittedEntryDf.SizeBytes);
}

/// <summary>A committed transaction: client 16, big-endian | 16 client's HLC u64 | 24 epoch u64.</summary>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal unsafe struct CommittedEntryDf
{
    /// <summary>Bytes of an entry.</summary>
    public const int SizeBytes = 32;

    /// <summary>The client's id.</summary>
    [FieldOffset(0)]
    public fixed byte Client[16];

    /// <summary>The client's clock.</summary>
    [FieldOffset(16)]
    public ulong Hlc;

    /// <summary>When its records were written.</summary>
    [FieldOffset(24)]
    public ulong Epoch;

    /// <summary>Its id.</summary>
    public static TransactionId IdOf(CommittedEntryDf* entry) =>
        new(new Guid(new ReadOnlySpan<byte>(entry->Client, 16), bigEndian: true), entry->Hlc);
}
