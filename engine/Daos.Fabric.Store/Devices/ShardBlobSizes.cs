using Daos.Fabric.Store.Checkpoint;
using Daos.Fabric.Store.Journal;

namespace Daos.Fabric.Store.Devices;

/// <summary>
/// How large the blobs of a shard have to be. A blob has its room from the beginning, the metadata's too, which a file would be given as the arena
/// grows: so what a pool was promised is there. Pure.
/// </summary>
public static class ShardBlobSizes
{
    /// <summary>Bytes of the blob of a role.</summary>
    /// <param name="role">One role.</param>
    /// <param name="arenaBytes">Of the shard now; for one that grew, what it has then.</param>
    /// <param name="logBytes">The log's ring.</param>
    /// <param name="dataBytes">Data extents.</param>
    public static long Of(BlobRole role, long arenaBytes, long logBytes, long dataBytes) => role switch
    {
        BlobRole.Wal => new LogGeometry(logBytes, StoreOptions.LogBlockBytesDefault, default).FileBytes,
        BlobRole.Meta => MetaGeometry.FileBytesFor(
            MetaGeometry.SlotsFor((ulong)arenaBytes), MetaGeometry.RootAreaBytesFor(MetaGeometry.ArenaLimitBytesFor(arenaBytes))),
        _ => dataBytes,
    };
}
