namespace Daos.Fabric.Store.Scrubbing;

/// <summary>How a shard is scrubbed: DAOS's pool properties scrub, scrub_freq and scrub_thresh, and a bound of speed. Immutable.</summary>
public sealed record ScrubOptions
{
    /// <summary>DAOS's scrub_freq: a week.</summary>
    public const int FrequencySecondsDefault = 7 * 24 * 3600;

    /// <summary>The longest time between two passes: a year.</summary>
    public const int FrequencySecondsMax = 366 * 24 * 3600;

    /// <summary>Whether, and when.</summary>
    public ScrubMode Mode { get; init; }

    /// <summary>From the beginning of a pass to the beginning of the next, in seconds; a timed pass is spread over it. 1 to a year.</summary>
    public int FrequencySeconds { get; init; } = FrequencySecondsDefault;

    /// <summary>So many values found corrupted make the target faulty for this pool; 0: never.</summary>
    public int Threshold { get; init; }

    /// <summary>
    /// Bytes checked per second at most, where a smaller value counts as 4 KiB; 0 for no bound. A pass that is longer than <see cref="FrequencySeconds"/> for it is followed by the
    /// next at once.
    /// </summary>
    public long BytesPerSecondMax { get; init; }

    /// <summary>The request class that it runs in (<see cref="WorkItem.SchedulingClass"/>).</summary>
    public byte SchedulingClass { get; init; }

    /// <summary>
    /// Grows with everything that the target does for others: a lazy scrub waits until it has stood still for
    /// <see cref="ScrubIdle.QuietNs"/>. Null: what this shard is asked for. Called on the owner's thread, must not allocate.
    /// </summary>
    public Func<long>? ForegroundCount { get; init; }

    /// <summary>
    /// True for containers that are passed over (DAOS: DAOS_PROP_CO_SCRUBBER_DISABLED); null for none. Called on the owner's thread, must not
    /// allocate.
    /// </summary>
    public Func<ContainerId, bool>? IsPassedOver { get; init; }

    /// <summary>Told at the end of each pass, on the owner's thread. It returns at once.</summary>
    public Action<ScrubStatistics>? OnPassEnded { get; init; }

    /// <summary>Told once, when <see cref="Threshold"/> is reached, on the owner's thread. It returns at once.</summary>
    public Action<ScrubStatistics>? OnFaulty { get; init; }

    /// <summary>Throws <see cref="ArgumentException"/> with the option's name, value and range.</summary>
    public ScrubOptions Validate()
    {
        Check(Enum.IsDefined(Mode), nameof(Mode), (long)Mode, "off, lazy or timed");
        Check(FrequencySeconds is >= 1 and <= FrequencySecondsMax, nameof(FrequencySeconds), FrequencySeconds, $"1 to {FrequencySecondsMax}");
        Check(Threshold >= 0, nameof(Threshold), Threshold, "0 (never) or more");
        Check(BytesPerSecondMax >= 0, nameof(BytesPerSecondMax), BytesPerSecondMax, "0 (no bound) or more");
        return this;
    }

    private static void Check(bool isGood, string name, long value, string range)
    {
        if (!isGood)
        {
            throw new ArgumentException($"{name} is {value}; it must be {range}", name);
        }
    }
}
