namespace Daos.Fabric.Reactor;

/// <summary>Running totals of one reactor. Written by its owner thread.</summary>
public sealed class ReactorStatistics
{
    /// <summary>Turns run.</summary>
    public long Turns;

    /// <summary>System calls that submitted or waited.</summary>
    public long Enters;

    /// <summary>Turns that found nothing and did not block: what spinning costs.</summary>
    public long Polls;

    /// <summary>How long the loop spins before it blocks as of now, in ns.</summary>
    public long SpinBudgetNs;

    /// <summary>Turns that blocked.</summary>
    public long Waits;

    /// <summary>Time spent blocked, in ns.</summary>
    public long BlockedNs;

    /// <summary>Completions delivered.</summary>
    public long Completions;

    /// <summary>Receives and sends that the loop made by a call of its own, past the ring.</summary>
    public long DirectCalls;

    /// <summary>Such calls that found nothing to receive or no room to send.</summary>
    public long DirectMisses;

    /// <summary>Wake-ups that cost a system call.</summary>
    public long Wakes;

    /// <summary>Those of them that were messages into the ring.</summary>
    public long RingWakes;
}
