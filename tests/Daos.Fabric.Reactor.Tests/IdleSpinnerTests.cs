namespace Daos.Fabric.Reactor.Tests;

public sealed class IdleSpinnerTests
{
    private readonly ReactorStatistics _statistics = new();
    private long _nowNs = 1_000;

    [Fact]
    public void Busy_NeverWaits()
    {
        IdleSpinner spinner = Make(PollingPolicy.Busy);
        for (int i = 0; i < 1000; i++)
        {
            _nowNs += 1_000_000;
            Assert.Equal(0, spinner.After(0, _nowNs));
        }
    }

    [Fact]
    public void Sleep_WaitsAtTheFirstIdleTurn()
    {
        IdleSpinner spinner = Make(PollingPolicy.Sleep);
        Assert.Equal(0, spinner.After(1, ++_nowNs));
        Assert.True(spinner.After(0, ++_nowNs) > 0);
        Assert.Equal(0, _statistics.SpinBudgetNs);
    }

    [Fact]
    public void Adaptive_LongPauses_StopSpinning()
    {
        IdleSpinner spinner = Make(PollingPolicy.Adaptive);
        Assert.Equal(50_000, PauseSpun(spinner, 10_000_000));
        long last = 50_000;
        for (int i = 0; i < 6; i++)
        {
            long spun = PauseSpun(spinner, 10_000_000);
            Assert.True(spun < last || spun == 1_000, $"{spun} ns after {last} ns");
            last = spun;
        }

        Assert.Equal(1_000, last);
    }

    [Fact]
    public void Adaptive_ShortPausesAgain_SpinAgainUpToTheBound()
    {
        IdleSpinner spinner = Make(PollingPolicy.Adaptive);
        for (int i = 0; i < 10; i++)
        {
            PauseSpun(spinner, 10_000_000);
        }

        // Work comes 20 us after the last, and blocking shows it only after the wake-up.
        long spun = 0;
        for (int i = 0; i < 6 && spun < 20_000; i++)
        {
            spun = PauseSpun(spinner, 20_000);
        }

        Assert.Equal(20_000, spun);
        Assert.InRange(_statistics.SpinBudgetNs, 20_000, 50_000);
    }

    [Fact]
    public void Adaptive_PausesJustAboveTheBound_NeverSpinLonger()
    {
        IdleSpinner spinner = Make(PollingPolicy.Adaptive);
        for (int i = 0; i < 100; i++)
        {
            PauseSpun(spinner, 60_000);
            Assert.InRange(_statistics.SpinBudgetNs, 0, 50_000);
        }
    }

    [Fact]
    public void SpinNs_LongestAndNone_AreBusyAndSleep()
    {
        Assert.Equal(0, new IdleSpinner(new OwnerLoopOptions { SpinNs = long.MaxValue }, _statistics).After(0, 1));
        var sleep = new IdleSpinner(new OwnerLoopOptions { SpinNs = 0 }, _statistics);
        Assert.True(sleep.After(0, 1) > 0);
    }

    [Fact]
    public void Loop_ThatFindsNothing_CountsPollsAndWaits()
    {
        using Reactor reactor = ReactorFactory.Create("epoll");
        var loop = new OwnerLoop("count", reactor, new OwnerLoopOptions());
        for (int i = 0; i < 5; i++)
        {
            loop.RunTurn(0);
        }

        loop.RunTurn(1_000_000);
        Assert.Equal(5, reactor.Statistics.Polls);
        Assert.Equal(1, reactor.Statistics.Waits);
    }

    private IdleSpinner Make(PollingPolicy policy) => new(new OwnerLoopOptions { Polling = policy }, _statistics);

    // Idles for a time in turns of 1 us; returns how much of it was spun, which is all of it when the work came in time.
    private long PauseSpun(IdleSpinner spinner, long pauseNs)
    {
        Assert.Equal(0, spinner.After(1, _nowNs));
        _nowNs += 1_000;
        Assert.Equal(0, spinner.After(0, _nowNs));
        for (long spunNs = 1_000; spunNs < pauseNs; spunNs += 1_000)
        {
            _nowNs += 1_000;
            if (spinner.After(0, _nowNs) > 0)
            {
                // The wake-up takes its time.
                long blockedNs = pauseNs - spunNs + 60_000;
                _statistics.BlockedNs += blockedNs;
                _nowNs += blockedNs;
                spinner.After(1, _nowNs);
                return spunNs;
            }
        }

        return pauseNs;
    }
}
