using Daos.Fabric.Store.Pressure;

namespace Daos.Fabric.Store.Tests.Pressure;

public class TierGaugeTests
{
    private const long MiB = 1 << 20;

    [Fact]
    public void Level_AsSpaceGoesAndComesBack_ChangesLaterOnTheWayBack()
    {
        var gauge = new TierGauge(tightDivisor: 4);
        Assert.Equal(
            [SpaceLevel.None, SpaceLevel.None, SpaceLevel.Tight, SpaceLevel.Tight, SpaceLevel.Tight, SpaceLevel.Critical],
            Levels(gauge, 6400, 1600, 1599, 1650, 264, 263));
        Assert.Equal(
            [SpaceLevel.Critical, SpaceLevel.Critical, SpaceLevel.Tight, SpaceLevel.Tight, SpaceLevel.Tight, SpaceLevel.None],
            Levels(gauge, 300, 463, 464, 1600, 1799, 1800));
    }

    [Fact]
    public void Need_FromTightToCritical_GrowsFromNothingToOne()
    {
        var gauge = new TierGauge(tightDivisor: 4);
        double last = -1;
        for (long free = 1600; free > 0; free -= 100)
        {
            gauge.Update(6400 * MiB, free * MiB, 64 * MiB);
            Assert.True(gauge.Need >= last);
            Assert.InRange(gauge.Need, 0, 1);
            last = gauge.Need;
        }

        Assert.Equal(1, last);
        gauge.Update(6400 * MiB, 1600 * MiB, 64 * MiB);
        Assert.Equal(0, gauge.Need);
    }

    [Fact]
    public void Delay_IsSmallAtFirstAndBounded()
    {
        var levels = new List<SpaceLevel>();
        var gauge = new SpaceGauge(levels.Add);
        long Delay(long free)
        {
            gauge.Update(new StoreSpace(6400 * MiB, 6400 * MiB, 64 * MiB, 6400 * MiB, free * MiB, 64 * MiB, 0));
            return gauge.DelayNs;
        }

        Assert.Equal(0, Delay(6400));
        Assert.InRange(Delay(750), 0, 2_000);
        Assert.InRange(Delay(400), 100_000, SpaceGauge.DelayMaxNs);
        Assert.Equal(SpaceGauge.DelayMaxNs, Delay(10));
        Assert.Equal(0, Delay(6400));
        Assert.Equal([SpaceLevel.Tight, SpaceLevel.Critical, SpaceLevel.None], levels);
    }

    private static SpaceLevel[] Levels(TierGauge gauge, params long[] freeMib) => [.. freeMib.Select(free =>
    {
        gauge.Update(6400 * MiB, free * MiB, 64 * MiB);
        return gauge.Level;
    })];
}
