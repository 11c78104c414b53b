using Daos.Fabric.Store.Devices;

namespace Daos.Fabric.Store;

/// <summary>Sizes that a shard is to have; 0 leaves one as it is. Immutable.</summary>
public readonly record struct ShardGrowth
{
    /// <summary>The largest size that metadata can reach. Four times what the shard was formatted with is always possible.</summary>
    public long ArenaReserveBytes { get; init; }

    /// <summary>Size of the log, a multiple of 4 KiB. A volatile shard has none.</summary>
    public long LogBytes { get; init; }

    /// <summary>Size of the data file, a multiple of 4 KiB.</summary>
    public long DataBytes { get; init; }

    /// <summary>The blobs that its roles lie in, grown; null where they lie in files, or did not grow.</summary>
    public RoleBlobs? Blobs { get; init; }
}
