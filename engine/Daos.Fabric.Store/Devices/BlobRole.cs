namespace Daos.Fabric.Store.Devices;

/// <summary>What a shard keeps in a blob; the bits of DAOS's <c>bdev_roles</c>, on media.</summary>
[Flags]
public enum BlobRole : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Data extents.</summary>
    Data = 1,

    /// <summary>Superblock and checkpoints.</summary>
    Meta = 2,

    /// <summary>The write-ahead log.</summary>
    Wal = 4,
}
