namespace Daos.Fabric.Xstreams.Scheduling;

/// <summary>
/// What an item of each class costs and what a class may spend per round, in units of about 5 us. The costs are DAOS's weights
/// (update 2, fetch 1, GC 4, scrub 3, migrate 2). Pure functions.
/// </summary>
internal static class ClassShares
{
    private static ReadOnlySpan<byte> Costs => [1, 2, 1, 4, 3, 2];

    private static ReadOnlySpan<byte> Normal => [64, 64, 64, 16, 6, 8];

    private static ReadOnlySpan<byte> UnderTight => [64, 64, 64, 64, 6, 8];

    private static ReadOnlySpan<byte> UnderCritical => [64, 16, 64, 128, 3, 2];

    internal static int CostOf(int requestClass) => Costs[requestClass];

    /// <summary>At least one item per round in every class, whatever the pressure: nothing starves.</summary>
    internal static int QuantumOf(int requestClass, SpacePressure pressure)
    {
        ReadOnlySpan<byte> quanta = pressure switch
        {
            SpacePressure.None => Normal,
            SpacePressure.Tight => UnderTight,
            _ => UnderCritical,
        };
        return Math.Max(quanta[requestClass], Costs[requestClass]);
    }
}
