using Daos.Fabric.Core.Metrics;

namespace Daos.Fabric.SelfTest.Broadcasts;

/// <summary>The figures of the broadcasts. Immutable.</summary>
/// <param name="Broadcasts">How many were counted.</param>
/// <param name="Failed">Of these, how many did not run at every rank.</param>
/// <param name="IsOnceEach">Every rank ran every broadcast exactly once.</param>
/// <param name="Depth">The longest way from the root to a rank, in hops, as it really went.</param>
/// <param name="DepthLimit">The logarithm of the ranks to the tree's ratio, rounded up.</param>
/// <param name="ElapsedNs">All of them, one after the other.</param>
/// <param name="Latency">Of each, from its start until the root had all answers, in ns.</param>
/// <param name="AllocatedBytes">Managed bytes that all ranks together allocated.</param>
internal sealed record BroadcastResult(
    int Broadcasts, int Failed, bool IsOnceEach, int Depth, int DepthLimit, long ElapsedNs, Histogram Latency, long AllocatedBytes)
{
    internal bool IsGood => Failed == 0 && IsOnceEach && Depth <= DepthLimit;
}
