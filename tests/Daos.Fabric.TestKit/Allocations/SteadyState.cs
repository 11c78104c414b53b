namespace Daos.Fabric.TestKit.Allocations;

/// <summary>
/// Allocation after warm-up where threads race: free lists grow to the peak that the run happened to reach, and on a busy machine a higher
/// peak may come late. What is steady must show itself: several rounds in a row that allocate nothing.
/// </summary>
public static class SteadyState
{
    /// <summary>Rounds in a row that must allocate nothing, count.</summary>
    public const int CleanRounds = 3;

    /// <summary>Rounds after which it has not become steady, count.</summary>
    public const int RoundsMax = 15;

    /// <summary>Runs rounds until enough in a row allocated nothing.</summary>
    /// <param name="round">Does the same work each time and returns the bytes that it allocated; must itself allocate nothing.</param>
    /// <returns>0 when it became steady; otherwise the bytes of the last round that allocated.</returns>
    public static long AllocatedBytes(Func<long> round)
    {
        int clean = 0;
        long last = 0;
        for (int i = 0; i < RoundsMax && clean < CleanRounds; i++)
        {
            long allocated = round();
            clean = allocated == 0 ? clean + 1 : 0;
            last = allocated == 0 ? last : allocated;
        }

        return clean == CleanRounds ? 0 : last;
    }
}
