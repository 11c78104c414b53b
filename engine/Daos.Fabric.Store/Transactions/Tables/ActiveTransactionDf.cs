using Daos.Fabric.Store.Io;

namespace Daos.Fabric.Store.Transactions.Tables;

/// <summary>An undecided transaction. The entries of a container form a list, newest first. Owned by one xstream.</summary>
/// <remarks>
/// <code>
///   0 client 16, big-endian | 16 client's HLC u64 | 24 epoch u64 | 32 older entry u64 | 40 newer entry u64
///  48 reference u32 | 52 state u8 (1 prepared, 2 aborting) | 53 flags u8 | 54 reserved u16 | 56 records u32 | 60 participant bytes u32
///  64 object low u64 | 72 object high u64 | 80 hash of the dkey u64 | 88 map version u32 | 92 magic "DTXA" u32
///  96 newest RecordBlockDf u64 | 104 participants u64 | 112 first four RecordReferenceDf
/// </code>
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal unsafe struct ActiveTransactionDf
{
    /// <summary>Bytes of the entry.</summary>
    public const int SizeBytes = 176;

    /// <summary>Value of <see cref="Magic"/>.</summary>
    public const uint MagicValue = 0x41585444;

    /// <summary>References that stand in the entry itself.</summary>
    public const int InlineRecords = 4;

    /// <summary>Offset of <see cref="Older"/>.</summary>
    public const int OlderOffset = 32;

    /// <summary>Offset of <see cref="Newer"/>.</summary>
    public const int NewerOffset = 40;

    /// <summary>Offset of <see cref="State"/>.</summary>
    public const int StateOffset = 52;

    /// <summary>Offset of <see cref="Flags"/>.</summary>
    public const int FlagsOffset = 53;

    /// <summary>Offset of <see cref="Records"/>.</summary>
    public const int CountOffset = 56;

    /// <summary>Offset of <see cref="MoreRecords"/>.</summary>
    public const int MoreOffset = 96;

    /// <summary>Offset of the first reference.</summary>
    public const int RecordsOffset = 112;

    /// <summary>The client's id.</summary>
    [FieldOffset(0)]
    public fixed byte Client[16];

    /// <summary>The client's clock.</summary>
    [FieldOffset(16)]
    public ulong Hlc;

    /// <summary>When its records were written.</summary>
    [FieldOffset(24)]
    public ulong Epoch;

    /// <summary>The next older entry.</summary>
    [FieldOffset(OlderOffset)]
    public ulong Older;

    /// <summary>The next newer entry.</summary>
    [FieldOffset(NewerOffset)]
    public ulong Newer;

    /// <summary>What its records name it by.</summary>
    [FieldOffset(48)]
    public uint Reference;

    /// <summary>How far it is.</summary>
    [FieldOffset(StateOffset)]
    public ActiveState State;

    /// <summary>What is known of it.</summary>
    [FieldOffset(FlagsOffset)]
    public TransactionFlags Flags;

    [FieldOffset(54)]
    private readonly ushort _reserved;

    /// <summary>Records that it wrote and that were not undone.</summary>
    [FieldOffset(CountOffset)]
    public uint Records;

    /// <summary>Bytes of the participants.</summary>
    [FieldOffset(60)]
    public uint ParticipantBytes;

    /// <summary>Low half of the object that chooses the leader.</summary>
    [FieldOffset(64)]
    public ulong ObjectLow;

    /// <summary>High half.</summary>
    [FieldOffset(72)]
    public ulong ObjectHigh;

    /// <summary>Hash of the dkey that chooses the leader.</summary>
    [FieldOffset(80)]
    public ulong DkeyHash;

    /// <summary>Version of the pool map that it was prepared under.</summary>
    [FieldOffset(88)]
    public uint MapVersion;

    /// <summary>Says that this is one.</summary>
    [FieldOffset(92)]
    public uint Magic;

    /// <summary>The newest block of references that do not stand here.</summary>
    [FieldOffset(MoreOffset)]
    public ulong MoreRecords;

    /// <summary>The participants' bytes.</summary>
    [FieldOffset(104)]
    public ulong Participants;

    /// <summary>The first references.</summary>
    [FieldOffset(RecordsOffset)]
    private fixed ulong _records[InlineRecords * 2];

    /// <summary>Its id.</summary>
    public static TransactionId IdOf(ActiveTransactionDf* entry) =>
        new(new Guid(new ReadOnlySpan<byte>(entry->Client, 16), bigEndian: true), entry->Hlc);
}

/// <summary>How far an undecided transaction is. On media.</summary>
internal enum ActiveState : byte
{
    /// <summary>Its records are there, and nothing is decided.</summary>
    Prepared = 1,

    /// <summary>Its records are being taken away, and nobody sees them.</summary>
    Aborting = 2,
}
