namespace Daos.Fabric.Store;

/// <summary>
/// Where the three roles of a shard's media lie: DAOS's <c>bdev_roles</c>. Each is a directory, in which a file is made, or an existing file or
/// block device, which then belongs to this role of this shard alone. Null: <see cref="StoreOptions.Path"/>. Immutable.
/// </summary>
public sealed record RolePaths
{
    /// <summary>The write-ahead log: small durable writes, read only by recovery.</summary>
    public string? Wal { get; init; }

    /// <summary>Superblock and checkpoints.</summary>
    public string? Meta { get; init; }

    /// <summary>Data extents.</summary>
    public string? Data { get; init; }
}
