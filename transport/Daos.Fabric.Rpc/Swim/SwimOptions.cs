namespace Daos.Fabric.Rpc.Swim;

/// <summary>DAOS's parameters with DAOS's defaults; the names in brackets are its environment variables. Immutable.</summary>
public sealed record SwimOptions
{
    /// <summary>One member is pinged per period, in ns (SWIM_PROTOCOL_PERIOD_LEN).</summary>
    public long ProtocolPeriodNs { get; init; } = 1_000_000_000;

    /// <summary>How long an answer may take before others are asked to ping, in ns; they have twice as long (SWIM_PING_TIMEOUT).</summary>
    public long PingTimeoutNs { get; init; } = 900_000_000;

    /// <summary>How long a suspected member may refute before it is held dead, in ns (SWIM_SUSPECT_TIMEOUT).</summary>
    public long SuspicionTimeoutNs { get; init; } = 20_000_000_000;

    /// <summary>How many members are asked to ping one that did not answer (SWIM_SUBGROUP_SIZE).</summary>
    public int SubgroupSize { get; init; } = 2;

    /// <summary>Updates that ride on a message, besides those about sender, receiver and target.</summary>
    public int PiggybackEntries { get; init; } = 8;

    /// <summary>How often one update is sent on before it is old news.</summary>
    public int PiggybackTransmissions { get; init; } = 50;

    /// <summary>
    /// Every so many periods one dead member is pinged, which nobody waits for. It is what heals a partition whose sides hold each other
    /// dead: DAOS leaves that to the administrator, who reintegrates the excluded side.
    /// </summary>
    public int DeadProbePeriods { get; init; } = 10;

    /// <summary>Throws with the option's name, value and range when one is out of range.</summary>
    public void Validate()
    {
        Check(nameof(ProtocolPeriodNs), ProtocolPeriodNs, 1_000_000, 600_000_000_000);
        Check(nameof(PingTimeoutNs), PingTimeoutNs, 1_000_000, ProtocolPeriodNs);
        Check(nameof(SuspicionTimeoutNs), SuspicionTimeoutNs, 3 * PingTimeoutNs, 3_600_000_000_000);
        Check(nameof(SubgroupSize), SubgroupSize, 0, 16);
        Check(nameof(PiggybackEntries), PiggybackEntries, 1, SwimLimits.PiggybackEntriesMax);
        Check(nameof(PiggybackTransmissions), PiggybackTransmissions, 1, 1000);
        Check(nameof(DeadProbePeriods), DeadProbePeriods, 1, 1000);
    }

    private static void Check(string name, long value, long min, long max)
    {
        if (value < min || value > max)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be from {min} to {max}");
        }
    }
}
