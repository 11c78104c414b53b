namespace Daos.Fabric.Engine.Services;

/// <summary>The tables of the system store; the number is the low part of the object id that holds the table.</summary>
internal enum RecordKind : byte
{
    /// <summary>One record: how the storage was formatted.</summary>
    Engine = 1,

    /// <summary>Pools by UUID.</summary>
    Pool = 2,

    /// <summary>Containers by UUID.</summary>
    Container = 3,

    /// <summary>Pool handles.</summary>
    PoolHandle = 4,

    /// <summary>Container handles.</summary>
    ContainerHandle = 5,

    /// <summary>Devices by their places.</summary>
    Device = 6,

    /// <summary>Snapshots of containers, by the UUIDs that clients drew for them.</summary>
    Snapshot = 7,
}
