namespace Daos.Fabric.Core.Tests.Support;

/// <summary>A clock that only tests advance.</summary>
internal sealed class ManualClock : IClock
{
    public long MonotonicNs { get; set; }

    public long UnixNs { get; set; } = HybridLogicalClock.StartUnixNs + 1_000_000_000;
}
