namespace Daos.Fabric.Engine.Devices;

/// <summary>What a device holds; DAOS's bits of <c>bdev_roles</c>, on media.</summary>
[Flags]
public enum DeviceRoles : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Data extents.</summary>
    Data = 1,

    /// <summary>Checkpoints of metadata.</summary>
    Meta = 2,

    /// <summary>The write-ahead log.</summary>
    Wal = 4,
}
