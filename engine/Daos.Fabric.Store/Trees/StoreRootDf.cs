namespace Daos.Fabric.Store.Trees;

/// <summary>
/// Where the trees of a shard start. Arena root word <see cref="RootSlot"/> holds its offset. Owned by one xstream.
/// </summary>
/// <remarks>
/// <code>
///  0 version u32 | 4 reserved u32 | 8 containers: tree by id | 16 containers being destroyed: tree by offset
/// 24 clients: tree by id | 32 reserved to 64
/// </code>
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal struct StoreRootDf
{
    /// <summary>Bytes of the record.</summary>
    public const int SizeBytes = 64;

    /// <summary>The arena's root word that holds this record's offset.</summary>
    public const int RootSlot = 0;

    /// <summary>Version of every record that hangs on this root.</summary>
    public const uint VersionValue = 1;

    /// <summary>Offset of <see cref="Containers"/>.</summary>
    public const int ContainersOffset = 8;

    /// <summary>Offset of <see cref="Destroyed"/>.</summary>
    public const int DestroyedOffset = 16;

    /// <summary>Offset of <see cref="Clients"/>.</summary>
    public const int ClientsOffset = 24;

    /// <summary>Layout version.</summary>
    [FieldOffset(0)]
    public uint Version;

    [FieldOffset(4)]
    private readonly uint _reserved;

    /// <summary>Root of the container table.</summary>
    [FieldOffset(ContainersOffset)]
    public ulong Containers;

    /// <summary>Root of the table of containers whose records are still to be freed.</summary>
    [FieldOffset(DestroyedOffset)]
    public ulong Destroyed;

    /// <summary>Root of the client table.</summary>
    [FieldOffset(ClientsOffset)]
    public ulong Clients;
}
