namespace Daos.Fabric.Xstreams.Tests.Placement;

public sealed class XstreamPlannerTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Plan_TwoCoresOrFewer_SystemSwimAndFirstTargetShareOneThread(int cores)
    {
        IReadOnlyList<XstreamPlan> plans = XstreamPlanner.Plan(new XstreamPlanOptions { Targets = 2, Cores = cores, Poll = true });

        Assert.Equal([[0, 1, 2], [3]], plans.Select(p => p.Tags));
    }

    [Fact]
    public void Plan_ManyCores_EveryRoleHasItsThread()
    {
        IReadOnlyList<XstreamPlan> plans = XstreamPlanner.Plan(new XstreamPlanOptions { Targets = 3, Cores = 8 });

        Assert.Equal([[0], [1], [2], [3], [4]], plans.Select(p => p.Tags));
        Assert.All(plans, p => Assert.Equal(XstreamPlanOptions.DefaultSpinNs, p.SpinNs));
        Assert.All(plans, p => Assert.Equal(-1, p.PinCore));
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(2, 4, 1)]
    [InlineData(4, 8, 3)]
    [InlineData(16, 4, 6)]
    public void Plan_Polling_SpinnersNeverExceedCoresMinusOne(int cores, int targets, int expectedSpinners)
    {
        IReadOnlyList<XstreamPlan> plans = XstreamPlanner.Plan(new XstreamPlanOptions { Targets = targets, Cores = cores, Poll = true });

        Assert.Equal(expectedSpinners, plans.Count(p => p.SpinNs > 0));
        Assert.True(plans.Count(p => p.SpinNs > 0) <= Math.Max(1, cores - 1));
        Assert.Equal(long.MaxValue, plans.First(p => p.Tags.Contains(2)).SpinNs);
    }

    [Fact]
    public void Plan_PinCores_GoToTargetsFirst()
    {
        IReadOnlyList<XstreamPlan> plans = XstreamPlanner.Plan(new XstreamPlanOptions { Targets = 2, Cores = 8, PinCores = [4, 5, 6] });

        Assert.Equal([6, -1, 4, 5], plans.Select(p => p.PinCore));
    }

    [Fact]
    public void Plan_NoTargets_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => XstreamPlanner.Plan(new XstreamPlanOptions { Targets = 0 }));
}
