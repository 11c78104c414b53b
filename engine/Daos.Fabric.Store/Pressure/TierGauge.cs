namespace Daos.Fabric.Store.Pressure;

/// <summary>
/// The level of one tier, from what is free of it. A level is left later than it was entered, so that a store at the edge does not change
/// with every update. Owned by one xstream.
/// </summary>
/// <param name="tightDivisor">Tight below the total divided by this.</param>
internal sealed class TierGauge(int tightDivisor)
{
    // Shares of the total: what is available at critical and when it is left, and how much more must be free to leave tight.
    private const int CriticalDivisor = 32;
    private const int CriticalLeftDivisor = 16;
    private const int TightSlackDivisor = 32;

    /// <summary>The level as of the last update.</summary>
    internal SpaceLevel Level { get; private set; }

    /// <summary>How far the tier is from the beginning of tight (0) to critical (1).</summary>
    internal double Need { get; private set; }

    /// <summary>Takes new figures, in bytes.</summary>
    /// <param name="total">Size of the tier.</param>
    /// <param name="free">Free of it.</param>
    /// <param name="reserved">Of that kept for what brings space back.</param>
    internal void Update(long total, long free, long reserved)
    {
        long available = Math.Max(0, free - reserved);
        long tight = total / tightDivisor;
        long critical = total / CriticalDivisor;
        Level = available < (Level == SpaceLevel.Critical ? total / CriticalLeftDivisor : critical) ? SpaceLevel.Critical
            : free < (Level == SpaceLevel.None ? tight : tight + (total / TightSlackDivisor)) ? SpaceLevel.Tight
            : SpaceLevel.None;
        Need = Level == SpaceLevel.Critical ? 1 : Math.Clamp((tight - free) / (double)Math.Max(1, tight - reserved - critical), 0, 1);
    }
}
