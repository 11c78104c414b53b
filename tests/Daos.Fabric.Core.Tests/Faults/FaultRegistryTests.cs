namespace Daos.Fabric.Core.Tests.Faults;

public sealed class FaultRegistryTests
{
    [Fact]
    public void Enabled_InTestProjects_ByTheRuntimeSwitch() => Assert.True(FaultRegistry.Enabled);

    [Fact]
    public void Fires_Unarmed_CountsVisitsOnly()
    {
        var faults = new FaultRegistry(new SeededRandom(1));
        Assert.False(FaultRegistry.Fires(faults, FaultPoint.MediaNoSpace));
        Assert.False(FaultRegistry.Fires(null, FaultPoint.MediaNoSpace));
        Assert.Equal(1, faults.VisitsOf(FaultPoint.MediaNoSpace));
        Assert.Equal(0, faults.VisitsOf(FaultPoint.MediaWriteError));
    }

    [Fact]
    public void Fires_SkipAndTimes_AreKept()
    {
        var faults = new FaultRegistry(new SeededRandom(1));
        faults.Arm(FaultPoint.MediaWriteError, timesMax: 2, skip: 3);
        bool[] fired = Enumerable.Range(0, 7).Select(_ => FaultRegistry.Fires(faults, FaultPoint.MediaWriteError)).ToArray();
        Assert.Equal([false, false, false, true, true, false, false], fired);
        Assert.Equal((7, 2), (faults.VisitsOf(FaultPoint.MediaWriteError), faults.FiredOf(FaultPoint.MediaWriteError)));
        faults.Arm(FaultPoint.MediaWriteError, timesMax: 1);
        Assert.Equal((7, 2), (faults.VisitsOf(FaultPoint.MediaWriteError), faults.FiredOf(FaultPoint.MediaWriteError)));
    }

    [Fact]
    public void Fires_SameSeed_SameSequence()
    {
        Assert.Equal(Draw(4), Draw(4));
        Assert.NotEqual(Draw(4), Draw(5));
        Assert.InRange(Draw(4).Count(c => c == '1'), 30, 90);
    }

    [Fact]
    public void Disarm_StopsThePoint()
    {
        var faults = new FaultRegistry(new SeededRandom(1));
        faults.Arm(FaultPoint.MediaFlushIgnored);
        Assert.True(FaultRegistry.Fires(faults, FaultPoint.MediaFlushIgnored));
        faults.Disarm(FaultPoint.MediaFlushIgnored);
        Assert.False(FaultRegistry.Fires(faults, FaultPoint.MediaFlushIgnored));
    }

    private static string Draw(ulong seed)
    {
        var faults = new FaultRegistry(new SeededRandom(seed));
        faults.Arm(FaultPoint.RpcReplyDropped, probability: 0.3);
        return string.Concat(Enumerable.Range(0, 200).Select(_ => FaultRegistry.Fires(faults, FaultPoint.RpcReplyDropped) ? '1' : '0'));
    }
}
