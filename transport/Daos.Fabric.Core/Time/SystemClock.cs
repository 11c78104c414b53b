namespace Daos.Fabric.Core.Time;

/// <summary>The machine's clocks. The one file of the data path that may read the ambient clock. Any thread.</summary>
public sealed class SystemClock : IClock
{
    private const long UnixEpochTicks = 621_355_968_000_000_000;

    /// <summary>The shared instance; it has no state.</summary>
    public static SystemClock Instance { get; } = new();

    /// <inheritdoc/>
    public long MonotonicNs
    {
        get
        {
            // The frequency is 1 GHz on Linux, which the JIT folds into a plain read of the time stamp.
            long ticks = Stopwatch.GetTimestamp();
            return Stopwatch.Frequency == 1_000_000_000 ? ticks : (long)(ticks * (1e9 / Stopwatch.Frequency));
        }
    }

    /// <inheritdoc/>
    public long UnixNs => (DateTime.UtcNow.Ticks - UnixEpochTicks) * 100;
}
