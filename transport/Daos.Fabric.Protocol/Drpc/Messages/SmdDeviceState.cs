namespace Daos.Fabric.Protocol.Drpc.Messages;

/// <summary>Where a device stands; DAOS's <c>NvmeDevState</c>.</summary>
public enum SmdDeviceState
{
    /// <summary>Not known.</summary>
    Unknown = 0,

    /// <summary>It serves.</summary>
    Normal = 1,

    /// <summary>It is there, and nothing lies on it yet: one that is being set up.</summary>
    New = 2,

    /// <summary>It was faulty and is out of use.</summary>
    Evicted = 3,

    /// <summary>It was taken away.</summary>
    Unplugged = 4,
}
