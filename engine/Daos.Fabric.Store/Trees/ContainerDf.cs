namespace Daos.Fabric.Store.Trees;

/// <summary>One container. Owned by one xstream.</summary>
/// <remarks>
/// <code>
///   0 id, 16 bytes, big-endian
///  16 root of the object index u64      24 aggregated epoch u64: versions that only reads below it could see are gone
///  32 state u32 (1 = live, 2 = being destroyed)   36 reserved u32
///  40 snapshots root u64, 48 active transactions root u64, 56 committed transactions root u64: zero until their parts exist
///  64 reserved to 96
/// </code>
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal unsafe struct ContainerDf
{
    /// <summary>Bytes of the record.</summary>
    public const int SizeBytes = 96;

    /// <summary>Offset of <see cref="Objects"/>.</summary>
    public const int ObjectsOffset = 16;

    /// <summary>The id's bytes.</summary>
    [FieldOffset(0)]
    public fixed byte Id[ContainerId.SizeBytes];

    /// <summary>Root of the object index.</summary>
    [FieldOffset(ObjectsOffset)]
    public ulong Objects;

    /// <summary>Reads below it are refused.</summary>
    [FieldOffset(24)]
    public ulong AggregatedEpoch;

    /// <summary>Whether the container is live.</summary>
    [FieldOffset(32)]
    public ContainerState State;

    [FieldOffset(36)]
    private readonly uint _reserved;

    [FieldOffset(40)]
    private readonly ulong _snapshots;

    [FieldOffset(48)]
    private readonly ulong _active;

    [FieldOffset(56)]
    private readonly ulong _committed;
}

/// <summary>Whether a container is live. On media.</summary>
internal enum ContainerState : uint
{
    /// <summary>In use.</summary>
    Live = 1,

    /// <summary>Its id is free again; its records are being freed step by step.</summary>
    Destroying = 2,
}
