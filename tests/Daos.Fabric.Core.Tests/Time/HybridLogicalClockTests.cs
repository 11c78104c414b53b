namespace Daos.Fabric.Core.Tests.Time;

public sealed class HybridLogicalClockTests
{
    private const ulong TickUnits = 1UL << 18;

    private readonly ManualClock _clock = new();

    [Fact]
    public void Units_AreSixteenthsOfANanosecondSince2021()
    {
        Assert.Equal(0UL, HybridLogicalClock.FromUnixNs(HybridLogicalClock.StartUnixNs));
        Assert.Equal(16UL, HybridLogicalClock.FromUnixNs(HybridLogicalClock.StartUnixNs + 1));
        var start = new DateTime(2021, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        Assert.Equal(start, DateTime.UnixEpoch.AddTicks(HybridLogicalClock.StartUnixNs / 100));
        Assert.Equal(16_000_000_000UL, HybridLogicalClock.EpsilonUnits);
        long now = HybridLogicalClock.StartUnixNs + 123_456_789_012_345_678;
        Assert.Equal(now, HybridLogicalClock.ToUnixNs(HybridLogicalClock.FromUnixNs(now)));
        Assert.Equal(0UL, HybridLogicalClock.FromUnixNs(0));
    }

    [Fact]
    public void TryNext_ClockStandsStill_CountsInTheLogicalBits()
    {
        var hlc = new HybridLogicalClock(_clock);
        Assert.True(hlc.TryNext(out ulong first).IsSuccess);
        Assert.Equal(hlc.Physical, first);
        Assert.Equal(0UL, first % TickUnits);
        for (ulong i = 1; i <= 1000; i++)
        {
            Assert.True(hlc.TryNext(out ulong next).IsSuccess);
            Assert.Equal(first + i, next);
        }
    }

    [Fact]
    public void TryNext_ClockGoesBack_StaysMonotonic()
    {
        var hlc = new HybridLogicalClock(_clock);
        hlc.TryNext(out ulong first);
        _clock.UnixNs -= 500_000_000;
        hlc.TryNext(out ulong second);
        Assert.Equal(first + 1, second);
        _clock.UnixNs += 1_000_000_000;
        hlc.TryNext(out ulong third);
        Assert.Equal(hlc.Physical, third);
        Assert.True(third > second);
    }

    [Fact]
    public void TryNext_ManyThreads_NeverGivesAValueTwice()
    {
        var hlc = new HybridLogicalClock(_clock);
        var values = new List<ulong>[4];
        Thread[] threads = values.Select((_, i) => new Thread(() => values[i] = Draw(hlc, 50_000))).ToArray();
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());
        Assert.Equal(200_000, values.SelectMany(v => v).Distinct().Count());
        Assert.All(values, v => Assert.Equal(v.Order(), v));
    }

    [Fact]
    public void TryNext_AtTheCeiling_RefusesUntilItIsRaised()
    {
        var hlc = new HybridLogicalClock(_clock);
        hlc.Ceiling = hlc.Physical + 2;
        Assert.True(hlc.TryNext(out _).IsSuccess);
        Assert.True(hlc.TryNext(out _).IsSuccess);
        Assert.True(hlc.TryNext(out ulong last).IsSuccess);
        Assert.Equal(hlc.Ceiling, last);
        Assert.Equal(DerCode.Again, hlc.TryNext(out ulong refused));
        Assert.Equal(0UL, refused);
        Assert.Equal(last, hlc.Last);
        hlc.Ceiling += TickUnits;
        Assert.True(hlc.TryNext(out ulong next).IsSuccess);
        Assert.Equal(last + 1, next);
    }

    [Fact]
    public void Merge_ValueAhead_LaterValuesAreAbove()
    {
        var hlc = new HybridLogicalClock(_clock);
        ulong heard = hlc.Physical + 1_000_000;
        Assert.True(hlc.Merge(heard).IsSuccess);
        hlc.TryNext(out ulong next);
        Assert.Equal(heard + 1, next);
        Assert.True(hlc.Merge(1).IsSuccess);
        Assert.Equal(next, hlc.Last);
    }

    [Fact]
    public void Merge_UpToEpsilonAhead_IsTakenAndOneMoreIsRefused()
    {
        var hlc = new HybridLogicalClock(_clock);
        hlc.TryNext(out ulong before);
        Assert.Equal(DerCode.HlcSync, hlc.Merge(hlc.Physical + HybridLogicalClock.EpsilonUnits + 1));
        Assert.Equal(before, hlc.Last);
        Assert.Equal(DerCode.HlcSync, hlc.Merge(ulong.MaxValue));
        Assert.Equal(before, hlc.Last);
        Assert.True(hlc.Merge(hlc.Physical + HybridLogicalClock.EpsilonUnits).IsSuccess);
        Assert.Equal(hlc.Physical + HybridLogicalClock.EpsilonUnits, hlc.Last);
    }

    [Fact]
    public void Raise_OpensAboveWhatMediaHold()
    {
        var hlc = new HybridLogicalClock(_clock);
        ulong stored = hlc.Physical + (50 * HybridLogicalClock.EpsilonUnits);
        hlc.Raise(stored);
        hlc.TryNext(out ulong next);
        Assert.Equal(stored + 1, next);
        hlc.Raise(5);
        Assert.Equal(next, hlc.Last);
    }

    [Fact]
    public void SystemClock_MonotonicTime_NeverGoesBack()
    {
        long last = SystemClock.Instance.MonotonicNs;
        for (int i = 0; i < 10_000; i++)
        {
            long now = SystemClock.Instance.MonotonicNs;
            Assert.True(now >= last);
            last = now;
        }

        // The clock's range ends in 2057.
        const long RangeNs = 36L * 365 * 86_400 * 1_000_000_000;
        Assert.InRange(SystemClock.Instance.UnixNs, HybridLogicalClock.StartUnixNs, HybridLogicalClock.StartUnixNs + RangeNs);
    }

    private static List<ulong> Draw(HybridLogicalClock hlc, int count)
    {
        var values = new List<ulong>(count);
        for (int i = 0; i < count; i++)
        {
            hlc.TryNext(out ulong value);
            values.Add(value);
        }

        return values;
    }
}
