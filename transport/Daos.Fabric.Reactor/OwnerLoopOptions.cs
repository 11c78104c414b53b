namespace Daos.Fabric.Reactor;

/// <summary>Limits and polling policy of an <see cref="OwnerLoop"/>. Immutable once the loop runs.</summary>
public sealed record OwnerLoopOptions
{
    /// <summary>Calls from foreign threads that may wait at once; a power of two.</summary>
    public int InboxCapacity { get; init; } = 4096;

    /// <summary>Ready items run per turn, so that I/O is looked at between them.</summary>
    public int ReadyBudget { get; init; } = 512;

    /// <summary>How long an idle loop spins before it blocks, in ns; <see cref="long.MaxValue"/> polls for ever.</summary>
    public long SpinNs { get; init; } = 50_000;

    /// <summary>The core to pin the thread to, or -1.</summary>
    public int PinCore { get; init; } = -1;

    /// <summary>Told of exceptions that nothing awaited; called on the owner thread.</summary>
    public Action<OwnerLoop, Exception>? OnUnhandled { get; init; }
}
