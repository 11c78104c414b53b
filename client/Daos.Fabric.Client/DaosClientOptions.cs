using Daos.Fabric.Core.Randomness;
using Daos.Fabric.Core.Time;
using Daos.Fabric.Transport;
using Daos.Fabric.Transport.Sockets.Tls;

namespace Daos.Fabric.Client;

/// <summary>How a client behaves. Immutable; any thread.</summary>
public sealed record DaosClientOptions
{
    /// <summary>A call that has no answer after this long fails with DER_TIMEDOUT; the outcome of a modification is then unknown.</summary>
    public TimeSpan OperationTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long one attempt waits for its reply before the call is sent again under the same sequence number: 1 ms to 1 hour.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How retries are paced and bounded.</summary>
    public ClientRetryOptions Retry { get; init; } = new();

    /// <summary>What an idle progress thread does; <see cref="PollingPolicy.Busy"/> takes a whole core.</summary>
    public PollingPolicy Polling { get; init; }

    /// <summary>
    /// How long an idle progress thread spins at most before it blocks, in ns, with <see cref="PollingPolicy.Adaptive"/>.
    /// <see cref="long.MaxValue"/> is the same as <see cref="PollingPolicy.Busy"/>.
    /// </summary>
    public long SpinNs { get; init; } = 50_000;

    /// <summary>Native memory for values above the eager limit and for rented buffers, in bytes.</summary>
    public long LargeBufferBytesMax { get; init; } = 512L * 1024 * 1024;

    /// <summary>Calls under way to one target at most; further ones wait in order.</summary>
    public int CreditsPerTarget { get; init; } = 256;

    /// <summary>
    /// Seeds identifiers and jitter; null takes the system's entropy. For simulations, and there with a new seed for each start: two clients
    /// with one seed have one identity, so that an engine takes the second one's modifications for resends of the first one's.
    /// </summary>
    public ulong? Seed { get; init; }

    /// <summary>
    /// Kinds of wire besides tcp and unix sockets, such as shared memory. With any of them rented buffers and large values lie in memory
    /// that an engine on this machine may map.
    /// </summary>
    public IReadOnlyList<TransportProvider> Providers { get; init; } = [];

    /// <summary>Certificates for TLS on tcp; null for plain tcp. The engine needs them too.</summary>
    public TlsOptions? Tls { get; init; }

    /// <summary>Where time comes from.</summary>
    public IClock Clock { get; init; } = SystemClock.Instance;

    /// <summary>Throws when an option lies outside its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The option's name, value and range.</exception>
    public void Validate()
    {
        Check(OperationTimeout > TimeSpan.Zero && OperationTimeout <= TimeSpan.FromDays(1), nameof(OperationTimeout), OperationTimeout, "above 0, at most 1 day");
        Check(
            AttemptTimeout >= ClientLimits.AttemptMin && AttemptTimeout <= OperationTimeout && AttemptTimeout <= ClientLimits.AttemptMax,
            nameof(AttemptTimeout),
            AttemptTimeout,
            "at least 1 ms, at most OperationTimeout and 1 hour");
        Check(SpinNs >= 0, nameof(SpinNs), SpinNs, "at least 0");
        Check(LargeBufferBytesMax >= ClientLimits.LargeBufferBytesMin, nameof(LargeBufferBytesMax), LargeBufferBytesMax, $"at least {ClientLimits.LargeBufferBytesMin}");
        Check(CreditsPerTarget is >= 1 and <= 65536, nameof(CreditsPerTarget), CreditsPerTarget, "1 to 65536");
        Retry.Validate();
    }

    internal static void Check(bool holds, string name, object value, string range)
    {
        if (!holds)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be {range}");
        }
    }

    internal static long ToNs(TimeSpan time) => time.Ticks * 100;
}
