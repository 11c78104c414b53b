namespace Daos.Fabric.Transport;

/// <summary>
/// What a context's connections cost and what became of them, for reports. Written by the context's owner thread; another thread reads
/// figures that may be a moment old. Counts begin with the context.
/// </summary>
public sealed class TransportStatistics
{
    /// <summary>Connections now, those that still greet included.</summary>
    public int Connections { get; internal set; }

    /// <summary>Native memory that connections hold now, in bytes: receive and send buffers, registered memory aside.</summary>
    public long MemoryBytes { get; internal set; }

    /// <summary>The most that <see cref="MemoryBytes"/> can become, in bytes; 0 when the provider does not say.</summary>
    public long MemoryLimitBytes { get; internal set; }

    /// <summary>Connections refused because there were too many.</summary>
    public long Refused { get; internal set; }

    /// <summary>Times that a peer was not listened to for a while because it did not take its answers.</summary>
    public long Paused { get; internal set; }

    /// <summary>Times that receiving waited for memory.</summary>
    public long Starved { get; internal set; }

    /// <summary>Connections given up because the peer was silent, or left a greeting or a frame unfinished.</summary>
    public long TimedOut { get; internal set; }

    /// <summary>Connections ended because the peer takes too little: what waits for it reached the hard limit, or memory is used up.</summary>
    public long Overrun { get; internal set; }

    /// <summary>Connections refused because peer and this side did not agree on security: no certificate, a wrong one, or none of TLS.</summary>
    public long SecurityFailures { get; internal set; }

    /// <summary>Bytes of one-sided transfers that this side copied straight out of a peer's process instead of receiving them.</summary>
    public long CopiedBytes { get; internal set; }

    /// <summary>Why the newest connection that never opened did not, in a sentence; empty when none failed so.</summary>
    public string LastFailure { get; internal set; } = "";
}
