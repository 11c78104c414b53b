namespace Daos.Fabric.Xstreams.Placement;

/// <summary>What decides how many xstreams an engine has, where they run and how they idle. Immutable after <see cref="Validate"/>.</summary>
public sealed record XstreamPlanOptions
{
    /// <summary>Spin of an idle xstream before it blocks, in ns, when it neither polls for ever nor has to save cores.</summary>
    public const long DefaultSpinNs = 50_000;

    /// <summary>Targets, at least 1.</summary>
    public int Targets { get; init; } = 1;

    /// <summary>Cores that the process may use.</summary>
    public int Cores { get; init; } = 1;

    /// <summary>What idle xstreams do; <see cref="PollingPolicy.Busy"/> as far as there are cores for it.</summary>
    public PollingPolicy Polling { get; init; }

    /// <summary>Short for <see cref="PollingPolicy.Busy"/>.</summary>
    public bool Poll
    {
        get => Polling == PollingPolicy.Busy;
        init => Polling = value ? PollingPolicy.Busy : Polling;
    }

    /// <summary>Cores to pin to, in the order of the xstreams, targets first; empty: no pinning.</summary>
    public IReadOnlyList<int> PinCores { get; init; } = [];

    /// <summary>Throws <see cref="ArgumentOutOfRangeException"/> with the option's name, value and range.</summary>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Targets, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Targets, Limits.XstreamsMax - 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(Cores, 1);
    }
}
