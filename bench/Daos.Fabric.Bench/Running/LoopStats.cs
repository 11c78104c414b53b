using Daos.Fabric.Reactor;

namespace Daos.Fabric.Bench.Running;

/// <summary>How a job's thread idled while it measured. Immutable.</summary>
/// <param name="Polls">Turns that found nothing and did not block.</param>
/// <param name="Waits">Turns that blocked.</param>
/// <param name="BlockedNs">Time spent blocked, in ns.</param>
/// <param name="Wakes">Wake-ups by other threads that cost a system call.</param>
internal readonly record struct LoopStats(long Polls, long Waits, long BlockedNs, long Wakes)
{
    internal static LoopStats Of(ReactorStatistics s) => new(s.Polls, s.Waits, s.BlockedNs, Interlocked.Read(ref s.Wakes));

    internal LoopStats Since(LoopStats before) =>
        new(Polls - before.Polls, Waits - before.Waits, BlockedNs - before.BlockedNs, Wakes - before.Wakes);

    internal LoopStats Plus(LoopStats other) =>
        new(Polls + other.Polls, Waits + other.Waits, BlockedNs + other.BlockedNs, Wakes + other.Wakes);
}
