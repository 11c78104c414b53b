namespace Daos.Fabric.Engine.Devices;

/// <summary>
/// When a device is set faulty by itself: DAOS's <c>bdev_auto_faulty</c>, with its names and defaults. Counted over the life of the device,
/// restarts included. Immutable.
/// </summary>
public sealed record AutoFaultyOptions
{
    /// <summary>The value of a limit that is none.</summary>
    public const uint Unlimited = uint.MaxValue;

    /// <summary>False: errors are counted and an operator decides.</summary>
    public bool Enable { get; init; } = true;

    /// <summary>More failed reads, writes and flushes than this make a device faulty.</summary>
    public uint MaxIoErrors { get; init; } = 10;

    /// <summary>More checksum errors than this make a device faulty.</summary>
    public uint MaxChecksumErrors { get; init; } = Unlimited;

    internal bool IsMetBy(in DeviceCounters counters) =>
        Enable
        && ((MaxIoErrors != Unlimited && counters.IoErrors > MaxIoErrors)
            || (MaxChecksumErrors != Unlimited && counters.ChecksumErrors > MaxChecksumErrors));
}
