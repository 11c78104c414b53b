namespace Daos.Fabric.Reactor;

/// <summary>Limits and polling policy of an <see cref="OwnerLoop"/>. Immutable once the loop runs.</summary>
public sealed record OwnerLoopOptions
{
    /// <summary>Calls from foreign threads that may wait at once; a power of two.</summary>
    public int InboxCapacity { get; init; } = 4096;

    /// <summary>
    /// Ready items run per turn. What a turn wrote leaves at its end, so a larger budget makes the peer wait, a smaller one makes more system
    /// calls: at 256 calls in flight 128 measured best (5.1 M/s; 3.5 M/s with 512, 4.3 M/s with 64).
    /// </summary>
    public int ReadyBudget { get; init; } = 128;

    /// <summary>What the loop does while it is idle.</summary>
    public PollingPolicy Polling { get; init; }

    /// <summary>
    /// How long an idle loop with <see cref="PollingPolicy.Adaptive"/> spins at most before it blocks, in ns: 0 is the same as
    /// <see cref="PollingPolicy.Sleep"/>, <see cref="long.MaxValue"/> as <see cref="PollingPolicy.Busy"/>.
    /// </summary>
    public long SpinNs { get; init; } = 50_000;

    /// <summary>The core to pin the thread to, or -1.</summary>
    public int PinCore { get; init; } = -1;

    /// <summary>Told once, on the owner thread before its first turn, that it could not be pinned to <see cref="PinCore"/>.</summary>
    public Action<OwnerLoop>? OnPinFailed { get; init; }

    /// <summary>Told of exceptions that nothing awaited; called on the owner thread.</summary>
    public Action<OwnerLoop, Exception>? OnUnhandled { get; init; }
}
