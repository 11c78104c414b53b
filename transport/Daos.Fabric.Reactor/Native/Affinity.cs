namespace Daos.Fabric.Reactor.Native;

/// <summary>Pins the calling thread. Any thread.</summary>
internal static unsafe class Affinity
{
    private const int CoresMax = 1024;

    /// <summary>False when the core does not exist, is not allowed to this process, or the system has no such call.</summary>
    internal static bool TryPin(int core)
    {
        if (core >= CoresMax || !LibC.IsAvailable)
        {
            return false;
        }

        ulong* set = stackalloc ulong[CoresMax / 64];
        new Span<ulong>(set, CoresMax / 64).Clear();
        set[core / 64] |= 1UL << (core % 64);
        return Sched.sched_setaffinity(0, CoresMax / 8, set) == 0;
    }
}
