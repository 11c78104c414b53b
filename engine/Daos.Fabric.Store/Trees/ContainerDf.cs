namespace Daos.Fabric.Store.Trees;

/// <summary>One container. Owned by one xstream.</summary>
/// <remarks>
/// <code>
///   0 id, 16 bytes, big-endian
///  16 root of the object index u64      24 aggregated epoch u64: versions that only reads below it could see are gone
///  32 state u32 (1 = live, 2 = being destroyed)   36 number of snapshots u32
///  40 root of the snapshots by epoch u64
///  48 newest undecided transaction u64 (ActiveTransactionDf), 56 committed transactions u64 (CommittedTableDf)
///  64 aggregated snapshot u64: up to this snapshot (0 for none) only what some snapshot shows is left
///  72 reserved to 96
/// </code>
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal unsafe struct ContainerDf
{
    /// <summary>Bytes of the record.</summary>
    public const int SizeBytes = 96;

    /// <summary>Offset of <see cref="Objects"/>.</summary>
    public const int ObjectsOffset = 16;

    /// <summary>Offset of <see cref="Snapshots"/>.</summary>
    public const int SnapshotsOffset = 40;

    /// <summary>Offset of <see cref="Active"/>.</summary>
    public const int ActiveOffset = 48;

    /// <summary>Offset of <see cref="Committed"/>.</summary>
    public const int CommittedOffset = 56;

    /// <summary>The id's bytes.</summary>
    [FieldOffset(0)]
    public fixed byte Id[ContainerId.SizeBytes];

    /// <summary>Root of the object index.</summary>
    [FieldOffset(ObjectsOffset)]
    public ulong Objects;

    /// <summary>Reads below it are refused unless they are at a snapshot, writes at or below it always.</summary>
    [FieldOffset(24)]
    public ulong AggregatedEpoch;

    /// <summary>Whether the container is live.</summary>
    [FieldOffset(32)]
    public ContainerState State;

    /// <summary>How many snapshots there are.</summary>
    [FieldOffset(36)]
    public uint SnapshotCount;

    /// <summary>Root of the tree of snapshots.</summary>
    [FieldOffset(SnapshotsOffset)]
    public ulong Snapshots;

    /// <summary>The newest undecided transaction.</summary>
    [FieldOffset(ActiveOffset)]
    public ulong Active;

    /// <summary>The table of committed transactions.</summary>
    [FieldOffset(CommittedOffset)]
    public ulong Committed;

    /// <summary>A snapshot, or 0: windows of versions that end at or before it need not be looked at again.</summary>
    [FieldOffset(64)]
    public ulong AggregatedSnapshot;
}

/// <summary>Whether a container is live. On media.</summary>
internal enum ContainerState : uint
{
    /// <summary>In use.</summary>
    Live = 1,

    /// <summary>Its id is free again; its records are being freed step by step.</summary>
    Destroying = 2,
}
