using Daos.Fabric.Core.Randomness;

namespace Daos.Fabric.Store.Devices;

/// <summary>How a device is laid out. Immutable.</summary>
public sealed record DeviceFormatOptions
{
    /// <summary>A block device, or a file that is used whole.</summary>
    public required string Path { get; init; }

    /// <summary>Makes a file of this size when nothing has the path yet; 0: it has to be there.</summary>
    public long CreateBytes { get; init; }

    /// <summary>Takes the device even if it holds something that is known: a file system, a partition table, blobs of an engine. It is lost.</summary>
    public bool Force { get; init; }

    /// <summary>Whose it is to be.</summary>
    public DeviceOwner Owner { get; init; } = DeviceOwner.None;

    /// <summary>What it is to hold; a note for people and for the engine that takes it.</summary>
    public BlobRole Roles { get; init; } = BlobRole.Data | BlobRole.Meta | BlobRole.Wal;

    /// <summary>Unit of room in bytes, a power of two from 64 KiB to 1 GiB.</summary>
    public long ClusterBytes { get; init; } = DeviceGeometry.ClusterBytesDefault;

    /// <summary>Source of the device's identity.</summary>
    public required SeededRandom Random { get; init; }

    /// <summary>Where the sentence of a failure is left.</summary>
    public StoreReport Report { get; init; } = new();

    /// <summary>Tests only: called at every step that makes something durable.</summary>
    internal Action<DevicePersistPoint>? OnPersist { get; init; }
}
