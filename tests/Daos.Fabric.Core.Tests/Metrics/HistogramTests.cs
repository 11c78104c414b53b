namespace Daos.Fabric.Core.Tests.Metrics;

public sealed class HistogramTests
{
    private static readonly double[] s_percents = [0, 1, 10, 50, 90, 99, 99.9, 99.99, 100];

    [Theory]
    [InlineData(1, 60)]
    [InlineData(2, 1_000)]
    [InlineData(3, 5_000_000)]
    [InlineData(4, long.MaxValue)]
    public void Percentile_AgainstASortedArray_IsWithinABucket(int seed, long bound)
    {
        var random = new SeededRandom((ulong)seed);
        var values = new long[10_000];
        var histogram = new Histogram();
        for (int i = 0; i < values.Length; i++)
        {
            // A skewed shape, as latencies have.
            values[i] = random.Next(Math.Max(1, bound >> random.Next(20)));
            histogram.Record(values[i]);
        }

        Array.Sort(values);
        foreach (double percent in s_percents)
        {
            int index = (int)Math.Ceiling(Math.Round(percent * values.Length / 100, 6)) - 1;
            long exact = values[Math.Clamp(index, 0, values.Length - 1)];
            long found = histogram.Percentile(percent);
            Assert.True(found >= exact, $"{percent} %: {found} below {exact}");
            Assert.True(found - exact <= exact / 64, $"{percent} %: {found} is more than a bucket above {exact}");
        }

        Assert.Equal(values[0], histogram.Min);
        Assert.Equal(values[^1], histogram.Max);
        Assert.Equal(values.Length, histogram.Count);
        Assert.Equal(values.Select(v => (double)v).Average(), histogram.Mean, histogram.Mean * 1e-9);
    }

    [Fact]
    public void Percentile_OfAThousandValues_CountsExactly()
    {
        // In floating point 99.9 / 100 * 1000 lies a little above 999.
        var histogram = new Histogram();
        for (int i = 0; i < 999; i++)
        {
            histogram.Record(1);
        }

        histogram.Record(50);
        Assert.Equal(1, histogram.Percentile(99.9));
        Assert.Equal(50, histogram.Percentile(100));
    }

    [Fact]
    public void BucketBounds_AreContiguousAndEndAtTheLargestValue()
    {
        var histogram = new Histogram();
        long last = -1;
        for (int i = 0; i < Histogram.BucketsMax; i++)
        {
            long bound = Histogram.BucketUpperBound(i);
            Assert.True(bound > last, $"bucket {i}");
            histogram.Record(bound);
            Assert.Equal(1, histogram.BucketCount(i));
            histogram.Record(last + 1);
            Assert.Equal(2, histogram.BucketCount(i));
            last = bound;
        }

        Assert.Equal(long.MaxValue, last);
    }

    [Fact]
    public void Merge_TwoHalves_EqualsTheWhole()
    {
        var random = new SeededRandom(7);
        var whole = new Histogram();
        var halves = new[] { new Histogram(), new Histogram() };
        for (int i = 0; i < 5_000; i++)
        {
            long value = random.Next(1_000_000);
            whole.Record(value);
            halves[i % 2].Record(value);
        }

        var merged = new Histogram();
        merged.Merge(new Histogram());
        Assert.Equal(0, merged.Count);
        merged.Merge(halves[0]);
        merged.Merge(halves[1]);
        Assert.Equal(whole.Count, merged.Count);
        Assert.Equal(whole.Min, merged.Min);
        Assert.Equal(whole.Max, merged.Max);
        Assert.Equal(whole.Sum, merged.Sum);
        Assert.Equal(whole.StandardDeviation, merged.StandardDeviation, 1e-6);
        Assert.All(s_percents, p => Assert.Equal(whole.Percentile(p), merged.Percentile(p)));
    }

    [Fact]
    public void Record_NegativeAndReset_AreHandled()
    {
        var histogram = new Histogram();
        Assert.Equal(0, histogram.Percentile(50));
        histogram.Record(-5);
        Assert.Equal(0, histogram.Max);
        histogram.Record(4);
        Assert.Equal(2, histogram.StandardDeviation, 1e-9);
        histogram.Reset();
        Assert.Equal(0, histogram.Count);
        Assert.Equal(0, histogram.Max);
        Assert.Equal(0, histogram.BucketCount(0));
    }

    [Fact]
    public void Record_AllocatesNothing()
    {
        var histogram = new Histogram();
        histogram.Record(1);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10_000; i++)
        {
            histogram.Record(i * 977);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Counter_Adds()
    {
        var counter = new Counter("rpc_received");
        counter.Add();
        counter.Add(5);
        Assert.Equal(6, counter.Value);
        Assert.Equal("rpc_received", counter.Name);
    }
}
