using System.Numerics;

namespace Daos.Fabric.Core.Metrics;

/// <summary>
/// Log-linear histogram of non-negative values: each power of two is cut into 64 equal buckets, so a bucket is at most 1.6 % wide.
/// Owned by one thread; histograms of several threads are merged. Recording allocates nothing.
/// </summary>
public sealed class Histogram
{
    private const int SubBits = 6;
    private const int SubCount = 1 << SubBits;
    private const int GroupCount = 63 - SubBits + 1;

    private readonly long[] _buckets = new long[GroupCount * SubCount];

    /// <summary>Number of values.</summary>
    public long Count { get; private set; }

    /// <summary>Smallest value, 0 when empty.</summary>
    public long Min { get; private set; }

    /// <summary>Largest value, 0 when empty.</summary>
    public long Max { get; private set; }

    /// <summary>Sum of the values.</summary>
    public double Sum { get; private set; }

    /// <summary>Sum of the squares of the values.</summary>
    public double SumOfSquares { get; private set; }

    /// <summary>Arithmetic mean, 0 when empty.</summary>
    public double Mean => Count == 0 ? 0 : Sum / Count;

    /// <summary>Standard deviation, 0 when empty.</summary>
    public double StandardDeviation => Count == 0 ? 0 : Math.Sqrt(Math.Max(0, (SumOfSquares / Count) - (Mean * Mean)));

    /// <summary>Number of buckets, for <see cref="BucketCount"/> and <see cref="BucketUpperBound"/>.</summary>
    public static int BucketsMax => GroupCount * SubCount;

    /// <summary>Adds one value; a negative one counts as zero.</summary>
    public void Record(long value)
    {
        value = Math.Max(0, value);
        _buckets[IndexOf(value)]++;
        Min = Count == 0 ? value : Math.Min(Min, value);
        Max = Math.Max(Max, value);
        Count++;
        Sum += value;
        SumOfSquares += (double)value * value;
    }

    /// <summary>Adds all values of another histogram.</summary>
    public void Merge(Histogram other)
    {
        if (other.Count == 0)
        {
            return;
        }

        for (int i = 0; i < _buckets.Length; i++)
        {
            _buckets[i] += other._buckets[i];
        }

        Min = Count == 0 ? other.Min : Math.Min(Min, other.Min);
        Max = Math.Max(Max, other.Max);
        Count += other.Count;
        Sum += other.Sum;
        SumOfSquares += other.SumOfSquares;
    }

    /// <summary>Forgets everything.</summary>
    public void Reset()
    {
        Array.Clear(_buckets);
        Count = Min = Max = 0;
        Sum = SumOfSquares = 0;
    }

    /// <summary>The value below or at which the given share (0 to 100) of the values lies, within a bucket's width.</summary>
    public long Percentile(double percent)
    {
        if (Count == 0)
        {
            return 0;
        }

        // 99.9 / 100 * 1000 is a little above 999: without rounding it would ask for one value more.
        long wanted = Math.Clamp((long)Math.Ceiling(Math.Round(percent / 100 * Count, 6)), 1, Count);
        long seen = 0;
        for (int i = 0; i < _buckets.Length; i++)
        {
            seen += _buckets[i];
            if (seen >= wanted)
            {
                return Math.Clamp(BucketUpperBound(i), Min, Max);
            }
        }

        return Max;
    }

    /// <summary>Values in one bucket.</summary>
    public long BucketCount(int index) => _buckets[index];

    /// <summary>The largest value that falls into one bucket.</summary>
    public static long BucketUpperBound(int index)
    {
        int group = index >> SubBits;
        int sub = index & (SubCount - 1);
        return group == 0 ? sub : (long)((((ulong)(SubCount + sub) + 1) << (group - 1)) - 1);
    }

    private static int IndexOf(long value)
    {
        if (value < SubCount)
        {
            return (int)value;
        }

        int group = BitOperations.Log2((ulong)value) - SubBits + 1;
        int sub = (int)(value >> (group - 1)) & (SubCount - 1);
        return (group << SubBits) | sub;
    }
}
