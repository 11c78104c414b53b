namespace Daos.Fabric.Engine.Devices;

/// <summary>
/// Where a device stands; DAOS's states of a blob store, on media.
/// <code>
/// NORMAL ──errors, or by hand──> FAULTY ──> TEARDOWN ──> OUT ──replace──> SETUP ──> NORMAL
///                                                         ^───── failed ────┘
/// </code>
/// A start finds TEARDOWN and FAULTY over, since nothing is open: they become OUT. SETUP is begun again.
/// </summary>
public enum DeviceState : byte
{
    /// <summary>It serves.</summary>
    Normal = 0,

    /// <summary>It had too many errors, or an operator said so. Its targets refuse requests with DER_NVME_IO.</summary>
    Faulty = 1,

    /// <summary>The shards on it are being closed.</summary>
    Teardown = 2,

    /// <summary>Nothing uses it: it may be taken away and replaced.</summary>
    Out = 3,

    /// <summary>The device that takes its place is being laid out.</summary>
    Setup = 4,
}
