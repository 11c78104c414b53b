namespace Daos.Fabric.Core.Time;

/// <summary>
/// The only source of time. Hosts pass <see cref="SystemClock"/>, simulations a clock that they advance. Any thread.
/// </summary>
public interface IClock
{
    /// <summary>Nanoseconds since an arbitrary start; never goes back.</summary>
    long MonotonicNs { get; }

    /// <summary>Nanoseconds since 1970-01-01 UTC; may jump.</summary>
    long UnixNs { get; }
}
