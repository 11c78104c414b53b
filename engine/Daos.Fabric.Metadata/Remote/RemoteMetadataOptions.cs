using Daos.Fabric.Core.Randomness;

namespace Daos.Fabric.Metadata.Remote;

/// <summary>How a store elsewhere is asked. Immutable.</summary>
public sealed record RemoteMetadataOptions
{
    /// <summary>Draws the numbers of watches.</summary>
    public required SeededRandom Random { get; init; }

    /// <summary>Waits for so many nanoseconds: a timer of the thread pool, or of the simulator.</summary>
    public required Func<long, CancellationToken, Task> Delay { get; init; }

    /// <summary>An answer is waited for so long, in milliseconds.</summary>
    public int CallMs { get; init; } = 5_000;

    /// <summary>A question for changes waits for so long on the other side, in milliseconds.</summary>
    public int WatchMs { get; init; } = 20_000;

    /// <summary>Pause before a watch asks again after it was not answered, in milliseconds.</summary>
    public int PauseMs { get; init; } = 100;

    /// <summary>Throws <see cref="ArgumentException"/> with the option's name, value and range.</summary>
    public RemoteMetadataOptions Validate()
    {
        Check(CallMs is > 0 and <= 600_000, nameof(CallMs), CallMs, "1 to 600000");
        Check(WatchMs is > 0 and <= RemoteLimits.WaitMsMax, nameof(WatchMs), WatchMs, "1 to 60000");
        Check(PauseMs is > 0 and <= 60_000, nameof(PauseMs), PauseMs, "1 to 60000");
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
