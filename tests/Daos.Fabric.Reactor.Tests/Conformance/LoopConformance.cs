namespace Daos.Fabric.Reactor.Tests.Conformance;

public abstract class LoopConformance : ConformanceBase
{
    [Fact]
    public void Timers_RunInOrderAndNotEarly()
    {
        var log = new List<int>();
        long startNs = Reactor.Clock.MonotonicNs;
        int[] order = [3, 1, 2];
        foreach (int id in order)
        {
            var timer = new Timers.RecordingTimer(id, log);
            timer.OnExpire = () => Assert.True(Reactor.Clock.MonotonicNs >= timer.DueNs);
            Fixture.Do(() => Reactor.Timers.Arm(timer, startNs + (id * 5_000_000L)));
        }

        Fixture.Until(() => log.Count == 3);
        Assert.Equal([1, 2, 3], log);
        Assert.True(Reactor.Clock.MonotonicNs - startNs >= 15_000_000);
    }

    [Fact]
    public void Timer_WhileBlocked_EndsTheWait()
    {
        var log = new List<int>();
        long startNs = Reactor.Clock.MonotonicNs;
        Fixture.Do(() => Reactor.Timers.Arm(new Timers.RecordingTimer(1, log), startNs + 20_000_000));
        Fixture.Until(() =>
        {
            if (log.Count == 0 && Fixture is RealFixture)
            {
                Fixture.Loop.RunTurn(5_000_000_000);
            }

            return log.Count == 1;
        });
        Assert.InRange(Reactor.Clock.MonotonicNs - startNs, 20_000_000, 2_000_000_000);
    }
}
