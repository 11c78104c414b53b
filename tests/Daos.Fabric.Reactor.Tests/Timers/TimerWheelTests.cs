using Daos.Fabric.Core.Randomness;

namespace Daos.Fabric.Reactor.Tests.Timers;

public sealed class TimerWheelTests
{
    private const long Start = 123_456_789_012;

    private readonly List<int> _log = [];
    private readonly TimerWheel _wheel = new(Start);

    [Fact]
    public void Advance_TimersAtEveryDistance_RunNeverEarlyAndAtMostOneTickLate()
    {
        long[] distances = [1, 20_000, 1_000_000, 70_000_000, 5_000_000_000, 300_000_000_000, 90_000_000_000_000];
        for (int i = 0; i < distances.Length; i++)
        {
            _wheel.Arm(new RecordingTimer(i, _log), Start + distances[i]);
        }

        for (int i = 0; i < distances.Length; i++)
        {
            long due = Start + distances[i];
            _wheel.Advance(due - 1);
            Assert.Equal(i, _log.Count);
            _wheel.Advance(due + TimerWheel.TickNs);
            Assert.Equal(i + 1, _log.Count);
        }

        Assert.Equal(Enumerable.Range(0, distances.Length), _log);
        Assert.Equal(0, _wheel.Count);
        Assert.Equal(long.MaxValue, _wheel.NextDueNs);
    }

    [Fact]
    public void NextDueNs_SteppedThrough_ReachesEveryTimerInDueOrderWithoutPassingOne()
    {
        var random = new SeededRandom(7);
        var timers = new List<RecordingTimer>();
        for (int i = 0; i < 2000; i++)
        {
            var timer = new RecordingTimer(i, _log);
            _wheel.Arm(timer, Start + random.Next(1L << (1 + random.Next(44))));
            timers.Add(timer);
        }

        int steps = 0;
        long now = Start;
        while (_wheel.Count > 0)
        {
            long next = _wheel.NextDueNs;
            Assert.True(next >= now - TimerWheel.TickNs);
            now = Math.Max(now, next);
            int before = _log.Count;
            _wheel.Advance(now);
            for (int i = before; i < _log.Count; i++)
            {
                Assert.InRange(now - timers[_log[i]].DueNs, 0, TimerWheel.TickNs);
            }

            Assert.True(++steps < 20_000);
        }

        Assert.Equal(2000, _log.Count);
        Assert.Equal(2000, _log.Distinct().Count());
    }

    [Fact]
    public void Advance_OneLargeJump_RunsTimersInOrderOfTicks()
    {
        var random = new SeededRandom(11);
        var dues = new long[500];
        for (int i = 0; i < dues.Length; i++)
        {
            dues[i] = Start + random.Next(10_000_000_000L);
            _wheel.Arm(new RecordingTimer(i, _log), dues[i]);
        }

        Assert.Equal(500, _wheel.Advance(Start + 20_000_000_000L));
        for (int i = 1; i < _log.Count; i++)
        {
            Assert.True(dues[_log[i]] > dues[_log[i - 1]] - TimerWheel.TickNs);
        }
    }

    [Fact]
    public void Arm_ArmedTimer_MovesIt()
    {
        var timer = new RecordingTimer(1, _log);
        _wheel.Arm(timer, Start + 1_000_000);
        _wheel.Arm(timer, Start + 9_000_000);
        Assert.Equal(1, _wheel.Count);
        Assert.Equal(0, _wheel.Advance(Start + 5_000_000));
        Assert.Equal(1, _wheel.Advance(Start + 10_000_000));
    }

    [Fact]
    public void Disarm_FromAnotherTimerOfTheSameTick_PreventsIt()
    {
        var second = new RecordingTimer(2, _log);
        var first = new RecordingTimer(1, _log) { OnExpire = () => _wheel.Disarm(second) };
        _wheel.Arm(first, Start + 1_000_000);
        _wheel.Arm(second, Start + 1_000_000);
        _wheel.Advance(Start + 2_000_000);
        Assert.Equal([1], _log);
        Assert.False(second.IsArmed);
        Assert.Equal(0, _wheel.Count);
    }

    [Fact]
    public void Arm_InThePastFromItself_RunsOncePerAdvance()
    {
        var timer = new RecordingTimer(1, _log);
        timer.OnExpire = () => _wheel.Arm(timer, 0);
        _wheel.Arm(timer, 0);
        Assert.True(_wheel.NextDueNs <= Start);
        for (int i = 1; i <= 3; i++)
        {
            Assert.Equal(1, _wheel.Advance(Start));
            Assert.Equal(i, _log.Count);
        }
    }

    [Fact]
    public void Arm_EndOfTime_StaysArmedWithoutOverflow()
    {
        var timer = new RecordingTimer(1, _log);
        _wheel.Arm(timer, long.MaxValue);
        Assert.Equal(0, _wheel.Advance(Start + 1_000_000_000_000_000));
        Assert.True(timer.IsArmed);
        _wheel.Disarm(timer);
        Assert.Equal(0, _wheel.Count);
    }

    [Fact]
    public void ArmAdvance_AfterWarmUp_AllocatesNothing()
    {
        var timer = new RecordingTimer(1, new List<int>(4096));
        long now = Start;
        Cycle(100);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Cycle(2000);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Cycle(int times)
        {
            for (int i = 0; i < times; i++)
            {
                now += 1_000_000;
                _wheel.Arm(timer, now + 500_000);
                _wheel.Advance(now + 600_000);
            }
        }
    }
}
