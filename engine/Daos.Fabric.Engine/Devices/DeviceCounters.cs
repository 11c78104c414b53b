using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Engine.Devices;

/// <summary>Errors of a device over its life. A copy; any thread may keep it.</summary>
/// <param name="ReadErrors">Failed reads.</param>
/// <param name="WriteErrors">Failed writes.</param>
/// <param name="FlushErrors">Failed flushes.</param>
/// <param name="ChecksumErrors">Stored chunks that did not fit their checksum when they were read.</param>
public readonly record struct DeviceCounters(long ReadErrors, long WriteErrors, long FlushErrors, long ChecksumErrors)
{
    /// <summary>What <see cref="AutoFaultyOptions.MaxIoErrors"/> limits.</summary>
    public long IoErrors => ReadErrors + WriteErrors + FlushErrors;

    internal static DeviceCounters Of(DeviceHealth health) =>
        new(health.ReadErrors, health.WriteErrors, health.FlushErrors, health.ChecksumErrors);

    internal DeviceCounters Plus(in DeviceCounters other) => new(
        ReadErrors + other.ReadErrors,
        WriteErrors + other.WriteErrors,
        FlushErrors + other.FlushErrors,
        ChecksumErrors + other.ChecksumErrors);
}
