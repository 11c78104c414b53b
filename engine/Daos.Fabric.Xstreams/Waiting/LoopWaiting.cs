namespace Daos.Fabric.Xstreams.Waiting;

/// <summary>Waiting for time and giving way, on any owner loop.</summary>
public static class LoopWaiting
{
    /// <summary>Waits at least so many ns, by the loop's timers. Owner thread only; allocates nothing.</summary>
    public static ValueTask SleepAsync(this OwnerLoop loop, long durationNs)
    {
        loop.Assert();
        return SleepOperation.Start(loop, durationNs);
    }

    /// <summary>Lets everything that is ready go first, and the reactor have its turn.</summary>
    public static YieldAwaitable YieldAsync(this OwnerLoop loop)
    {
        loop.Assert();
        return new YieldAwaitable(loop);
    }
}
