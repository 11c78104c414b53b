namespace Daos.Fabric.Store.Devices;

/// <summary>The blobs of a shard; null where a role lies in a file. Immutable.</summary>
public sealed record RoleBlobs
{
    /// <summary>The write-ahead log.</summary>
    public DeviceBlob? Wal { get; init; }

    /// <summary>Superblock and checkpoints.</summary>
    public DeviceBlob? Meta { get; init; }

    /// <summary>Data extents.</summary>
    public DeviceBlob? Data { get; init; }

    /// <summary>Puts each blob in the place of its role.</summary>
    public static RoleBlobs Of(IEnumerable<DeviceBlob> blobs)
    {
        var result = new RoleBlobs();
        foreach (DeviceBlob blob in blobs)
        {
            result = blob.Tag.Role switch
            {
                BlobRole.Wal => result with { Wal = blob },
                BlobRole.Meta => result with { Meta = blob },
                _ => result with { Data = blob },
            };
        }

        return result;
    }
}
