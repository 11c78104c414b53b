namespace Daos.Fabric.Client;

/// <summary>How a call is tried again after a lost reply, a broken connection or an overloaded engine. Immutable; any thread.</summary>
public sealed record ClientRetryOptions
{
    /// <summary>Attempts of one call at most, the first included; 1 switches retries off.</summary>
    public int AttemptsMax { get; init; } = 64;

    /// <summary>Retries that a context may do in a row without answered calls in between; each call answered at its first attempt earns a sixteenth.</summary>
    public int Budget { get; init; } = 16384;

    /// <summary>Pause before the first retry, in ns; it doubles with every further one, and half of it is drawn at random.</summary>
    public long PauseMinNs { get; init; } = 1_000_000;

    /// <summary>Longest pause, in ns.</summary>
    public long PauseMaxNs { get; init; } = 1_000_000_000;

    internal void Validate()
    {
        DaosClientOptions.Check(AttemptsMax is >= 1 and <= 1_000_000, nameof(AttemptsMax), AttemptsMax, "1 to 1000000");
        DaosClientOptions.Check(Budget is >= 0 and <= 1 << 30, nameof(Budget), Budget, "0 to 2^30");
        DaosClientOptions.Check(PauseMinNs is >= 1000 and <= 1_000_000_000, nameof(PauseMinNs), PauseMinNs, "1000 to 1000000000");
        DaosClientOptions.Check(PauseMaxNs >= PauseMinNs, nameof(PauseMaxNs), PauseMaxNs, "at least PauseMinNs");
    }
}
