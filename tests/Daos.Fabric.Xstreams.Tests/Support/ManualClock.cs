namespace Daos.Fabric.Xstreams.Tests.Support;

/// <summary>A clock that a test moves.</summary>
internal sealed class ManualClock : IClock
{
    public long MonotonicNs { get; set; } = 1_000_000_000;

    public long UnixNs => MonotonicNs;
}
