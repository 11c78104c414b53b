namespace Daos.Fabric.Bench.Reporting;

/// <summary>Which share of the operations took how long, in fio's steps. Any thread.</summary>
internal static class LatencyShares
{
    /// <summary>
    /// Percent of all values in (previous limit, limit]; values below one unit belong to the next smaller unit, and values above the last
    /// limit are reported as <c>&gt;=limit</c> only where the unit is milliseconds, the largest.
    /// </summary>
    internal static IEnumerable<(string Label, double Percent)> Of(Histogram histogram, long[] limits, long unitNs)
    {
        long previousNs = unitNs == 1_000 ? 1_000 : unitNs == 1 ? 0 : unitNs;
        foreach (long limit in limits)
        {
            long limitNs = limit * unitNs;
            yield return (limit.ToString(CultureInfo.InvariantCulture), Percent(histogram, previousNs, limitNs));
            previousNs = limitNs;
        }

        if (unitNs == 1_000_000)
        {
            yield return (">=" + limits[^1].ToString(CultureInfo.InvariantCulture), Percent(histogram, previousNs, long.MaxValue));
        }
    }

    private static double Percent(Histogram histogram, long aboveNs, long upToNs)
    {
        if (histogram.Count == 0)
        {
            return 0;
        }

        long count = 0;
        for (int i = 0; i < Histogram.BucketsMax; i++)
        {
            long bound = Histogram.BucketUpperBound(i);
            if (bound < 0)
            {
                break;
            }

            if (bound > aboveNs && bound <= upToNs)
            {
                count += histogram.BucketCount(i);
            }
        }

        return 100.0 * count / histogram.Count;
    }
}
