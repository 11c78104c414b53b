using Daos.Fabric.Reactor;

namespace Daos.Fabric.Bench.Running;

/// <summary>How a job's thread idled while it measured. Immutable.</summary>
/// <param name="Polls">Turns that found nothing and did not block.</param>
/// <param name="Waits">Turns that blocked.</param>
/// <param name="BlockedNs">Time spent blocked, in ns.</param>
/// <param name="Wakes">Wake-ups by other threads that cost a system call.</param>
/// <param name="Enters">System calls that submitted or waited.</param>
/// <param name="DirectCalls">Receives and sends that the loop made by calls of its own while it spun.</param>
/// <param name="DirectMisses">Such calls in vain.</param>
internal readonly record struct LoopStats(long Polls, long Waits, long BlockedNs, long Wakes, long Enters = 0, long DirectCalls = 0, long DirectMisses = 0)
{
    internal static LoopStats Of(ReactorStatistics s) =>
        new(s.Polls, s.Waits, s.BlockedNs, Interlocked.Read(ref s.Wakes), s.Enters, s.DirectCalls, s.DirectMisses);

    internal LoopStats Since(LoopStats before) =>
        new(Polls - before.Polls, Waits - before.Waits, BlockedNs - before.BlockedNs, Wakes - before.Wakes, Enters - before.Enters,
            DirectCalls - before.DirectCalls, DirectMisses - before.DirectMisses);

    internal LoopStats Plus(LoopStats other) =>
        new(Polls + other.Polls, Waits + other.Waits, BlockedNs + other.BlockedNs, Wakes + other.Wakes, Enters + other.Enters,
            DirectCalls + other.DirectCalls, DirectMisses + other.DirectMisses);
}
