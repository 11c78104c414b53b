using Daos.Fabric.Store.Aggregation;
using Daos.Fabric.Store.Tests.Io;

namespace Daos.Fabric.Store.Tests.Aggregation;

/// <summary>How aggregation makes way for clients, and makes use of their absence.</summary>
public class AggregationPaceTests
{
    private const long Quiet = AggregationPace.QuietNs;

    [Fact]
    public void Pause_WhileTheCountGrows_FollowsTheWorkWithinBounds()
    {
        var pace = new AggregationPace();
        long now = 1_000_000_000;
        long count = 5;
        Assert.Equal(AggregationLimits.SlackPauseNs, pace.PauseNs(now, count, isShort: false));
        foreach ((long worked, long pause) in ((long, long)[])
            [(20_000, AggregationLimits.SlackPauseNs), (1_000_000, 2_000_000), (50_000_000, AggregationLimits.BusyPauseMaxNs)])
        {
            now += 700_000;
            pace.Resume(now);
            now += worked;
            Assert.Equal(pause, pace.PauseNs(now, ++count, isShort: false));
            Assert.False(pace.IsTight(isShort: false));
        }

        // Space that is short comes before clients.
        Assert.Equal(AggregationLimits.TightPauseNs, pace.PauseNs(now, ++count, isShort: true));
        Assert.True(pace.IsTight(isShort: true));
    }

    [Fact]
    public void Pause_OnceTheCountStandsStill_IsShortUntilItMovesAgain()
    {
        var pace = new AggregationPace();
        pace.PauseNs(0, 7, isShort: false);
        Assert.Equal(AggregationLimits.SlackPauseNs, pace.PauseNs(Quiet - 1, 7, isShort: false));
        Assert.Equal(AggregationLimits.TightPauseNs, pace.PauseNs(Quiet, 7, isShort: false));
        Assert.True(pace.IsTight(isShort: false));
        Assert.Equal(AggregationLimits.SlackPauseNs, pace.PauseNs(Quiet + 1, 8, isShort: false));
        Assert.False(pace.IsTight(isShort: false));
    }

    /// <summary>The same store, aggregated while clients are there and while nobody is.</summary>
    [Fact]
    public void Aggregate_WhileClientsAreBusy_TakesMuchLonger()
    {
        long busyNs = TimeOf(isBusy: true);
        long idleNs = TimeOf(isBusy: false);
        Assert.True(2 * busyNs > 3 * idleNs, $"{busyNs / 1000} us beside clients, {idleNs / 1000} us alone");

        // Its own reading is nobody's business: it would make way for itself for ever.
        Assert.True(idleNs < 200_000_000, $"{idleNs / 1000} us alone");
    }

    private static long TimeOf(bool isBusy)
    {
        var store = new ObjectFixture(change: options => options with { ArenaReserveBytes = 64 << 20, DataBytes = 64 << 20, MediaBufferCount = 8 });
        for (ulong i = 0; i < 600; i++)
        {
            store.Write("d", "a", 1, (i * 6000, 6000, new byte[6000]));
            store.Put($"d{i % 50}", "a", [1]);
        }

        long count = 0;
        var control = new AggregationControl { ForegroundCount = isBusy ? () => ++count : null };
        long start = store.World.Loop.NowNs;
        Assert.Equal(DerCode.Success, store.Run(() => store.Shard.AggregateAsync(Core.Identities.Epoch.Max, control)));
        Assert.True(store.Shard.Aggregation.Merges > 2);
        return store.World.Loop.NowNs - start;
    }
}
