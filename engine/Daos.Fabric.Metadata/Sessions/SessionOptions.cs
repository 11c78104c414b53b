using Daos.Fabric.Core.Randomness;
using Daos.Fabric.Core.Time;

namespace Daos.Fabric.Metadata.Sessions;

/// <summary>How a session asks. Immutable.</summary>
public sealed record SessionOptions
{
    /// <summary>Time.</summary>
    public required IClock Clock { get; init; }

    /// <summary>Draws the session's name, which no other session may have.</summary>
    public required SeededRandom Random { get; init; }

    /// <summary>Waits for so many nanoseconds: a timer of the thread pool, or of the simulator.</summary>
    public required Func<long, CancellationToken, Task> Delay { get; init; }

    /// <summary>A call is repeated for so long before its outcome is given up, in milliseconds.</summary>
    public int DeadlineMs { get; init; } = 10_000;

    /// <summary>Markers live for so long after their last use, in milliseconds; at least three times the deadline.</summary>
    public long MarkerTtlMs { get; init; } = 60_000;

    /// <summary>Pause before a repetition, in milliseconds.</summary>
    public int PauseMs { get; init; } = 50;

    /// <summary>Transactions under way at once; more wait.</summary>
    public int Slots { get; init; } = 16;

    /// <summary>Throws <see cref="ArgumentException"/> with the option's name, value and range.</summary>
    public SessionOptions Validate()
    {
        Check(DeadlineMs is > 0 and <= 600_000, nameof(DeadlineMs), DeadlineMs, "1 to 600000");
        Check(MarkerTtlMs >= 3L * DeadlineMs && MarkerTtlMs <= MetadataLimits.LeaseTtlMaxMs, nameof(MarkerTtlMs), MarkerTtlMs, "three times DeadlineMs to a day");
        Check(PauseMs is > 0 and <= 60_000, nameof(PauseMs), PauseMs, "1 to 60000");
        Check(Slots is > 0 and <= 1024, nameof(Slots), Slots, "1 to 1024");
        return this;
    }

    private static void Check(bool holds, string name, long value, string range)
    {
        if (!holds)
        {
            throw new ArgumentException($"{name} is {value}; it must be {range}", name);
        }
    }
}
