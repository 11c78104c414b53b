using Daos.Fabric.Store.Scrubbing;

namespace Daos.Fabric.Store.Tests.Scrubbing;

/// <summary>When the scrubber works: spread over its time, below its rate, or while nothing else is wanted.</summary>
public class ScrubPaceTests
{
    private const long Second = 1_000_000_000;

    [Fact]
    public void Timed_ManyPasses_TakeTheirTimeEach()
    {
        var scrub = new ScrubFixture();
        scrub.Fill(60);
        scrub.Start(new ScrubOptions { Mode = ScrubMode.Timed, FrequencySeconds = 100 });
        long firstNs = scrub.Store.World.Loop.NowNs;
        scrub.RunPass();
        scrub.RunPass();
        Assert.InRange(scrub.Statistics.LastPassNs, 80 * Second, 101 * Second);

        // Half-way through the time it is about half-way through the bytes.
        long bytes = scrub.Statistics.LastPassBytes;
        scrub.Store.World.World.RunFor(firstNs + (250 * Second) - scrub.Store.World.Loop.NowNs);
        Assert.InRange(scrub.Statistics.PassBytes, bytes / 4, bytes / 4 * 3);
        Assert.Equal(2, scrub.Statistics.Passes);
    }

    [Theory]
    [InlineData(ScrubMode.Timed)]
    [InlineData(ScrubMode.Lazy)]
    public void Rate_Bounded_IsKeptAndPassesFollowEachOther(ScrubMode mode)
    {
        var scrub = new ScrubFixture();
        for (int i = 0; i < 8; i++)
        {
            scrub.Store.Put($"d{i}", "a", scrub.Bytes(1 << 20));
        }

        const long Rate = 2 << 20;
        scrub.Start(new ScrubOptions { Mode = mode, FrequencySeconds = 1, BytesPerSecondMax = Rate });
        scrub.RunPass();
        Assert.InRange(scrub.Statistics.LastPassNs, 39 * Second / 10, 6 * Second);
        for (int i = 0; i < 10; i++)
        {
            long before = scrub.Statistics.Bytes;
            scrub.Store.World.World.RunFor(Second);
            Assert.InRange(scrub.Statistics.Bytes - before, Rate / 2, Rate + (Rate / 10) + (2 * ScrubCheck.PieceBytes));
        }
    }

    [Fact]
    public void Lazy_WhileTheTargetWorks_Waits()
    {
        var scrub = new ScrubFixture();
        scrub.Fill(30);
        long work = 0;
        scrub.Start(new ScrubOptions { Mode = ScrubMode.Lazy, FrequencySeconds = 10, ForegroundCount = () => work });
        for (int i = 0; i < 200; i++)
        {
            work++;
            scrub.Store.World.World.RunFor(9_000_000);
        }

        Assert.Equal(0, scrub.Statistics.Values);
        scrub.RunPass();
        Assert.Equal(scrub.Checkable().Count, scrub.Statistics.Values);
        Assert.InRange(scrub.Statistics.LastPassNs, 0, 4 * Second);
    }

    [Fact]
    public void Lazy_WithoutACount_LooksAtWhatTheShardIsAskedFor()
    {
        var scrub = new ScrubFixture();
        scrub.Fill(30);
        scrub.Start(new ScrubOptions { Mode = ScrubMode.Lazy, FrequencySeconds = 10 });
        for (int i = 0; i < 100; i++)
        {
            scrub.Store.Get("d", "a");
            scrub.Store.World.World.RunFor(5_000_000);
        }

        Assert.Equal(0, scrub.Statistics.Values);
        scrub.RunPass();
        Assert.True(scrub.Statistics.Values > 100);
    }

    [Fact]
    public void Timed_StoreThatGrowsBetweenPasses_IsStillDoneInTime()
    {
        var scrub = new ScrubFixture();
        scrub.Start(new ScrubOptions { Mode = ScrubMode.Timed, FrequencySeconds = 100 });
        scrub.RunPass();
        scrub.Fill(60);
        scrub.RunPass();
        Assert.Equal(scrub.Checkable().Count, scrub.Statistics.Values);
        Assert.InRange(scrub.Statistics.LastPassNs, 20 * Second, 101 * Second);
    }

    [Fact]
    public void Pace_HeldBackForLong_DoesNotMakeUpForIt()
    {
        var pace = new ScrubPace(Second, 40_960);
        pace.Begin(0);
        pace.Add(100);
        Assert.Equal(Second / 10, pace.WaitNs(0, 0));

        // After a minute it may go at once, for a tenth of a second's bytes and no more.
        Assert.Equal(0, pace.WaitNs(60 * Second, 0));
        pace.Add(100);
        Assert.Equal(0, pace.WaitNs(60 * Second, 0));
        pace.Add(100);
        Assert.Equal(Second / 10, pace.WaitNs(60 * Second, 0));
    }
}
