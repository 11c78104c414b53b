namespace Daos.Fabric.Reactor;

/// <summary>
/// Decides turn by turn whether an idle loop spins or blocks, as its <see cref="PollingPolicy"/> says. The adaptive budget doubles after a
/// pause that a longer spin would have met and halves after one that was too long to spin for, so a loop in conversation spins and an idle
/// one does not. Owned by the loop's thread.
/// </summary>
public sealed class IdleSpinner
{
    /// <summary>
    /// A blocked wake-up takes up to this long here, in ns: work that came within the spin time shows up this much later when the loop blocked.
    /// </summary>
    internal const long WakeCostNs = 100_000;

    /// <summary>Where a budget that fell to nothing starts again, and below which it falls to nothing, in ns.</summary>
    internal const long LeastSpinNs = 6_000;

    private const long LongestWaitNs = 1_000_000_000;

    private readonly ReactorStatistics _statistics;
    private readonly bool _isAdaptive;
    private readonly long _spinNsMax;
    private long _idleSinceNs = -1;
    private long _spunNs;
    private long _blockedBeforeNs;
    private bool _hasWaited;

    /// <param name="options">Policy and spin time.</param>
    /// <param name="statistics">Of the loop's reactor: tells how long waits were, and shows the budget.</param>
    public IdleSpinner(OwnerLoopOptions options, ReactorStatistics statistics)
    {
        _statistics = statistics;
        _spinNsMax = options.Polling switch
        {
            PollingPolicy.Busy => long.MaxValue,
            PollingPolicy.Sleep => 0,
            _ => options.SpinNs,
        };
        _isAdaptive = _spinNsMax is > 0 and < long.MaxValue;
        statistics.SpinBudgetNs = _spinNsMax;
    }

    /// <summary>How long the next turn may wait in ns; 0: it spins.</summary>
    /// <param name="ran">What the last turn ran.</param>
    /// <param name="nowNs">When the last turn began (<see cref="OwnerThread.NowNs"/>).</param>
    public long After(int ran, long nowNs)
    {
        if (_hasWaited)
        {
            _hasWaited = false;
            _idleSinceNs = -1;
            Learn(_spunNs + _statistics.BlockedNs - _blockedBeforeNs);
        }

        if (ran > 0)
        {
            _idleSinceNs = -1;
            return 0;
        }

        if (_idleSinceNs < 0)
        {
            _idleSinceNs = nowNs;
            if (_spinNsMax > 0)
            {
                return 0;
            }
        }

        _spunNs = nowNs - _idleSinceNs;
        if (_spunNs < _statistics.SpinBudgetNs)
        {
            return 0;
        }

        _hasWaited = true;
        _blockedBeforeNs = _statistics.BlockedNs;
        return LongestWaitNs;
    }

    private void Learn(long pauseNs)
    {
        if (!_isAdaptive)
        {
            return;
        }

        long budgetNs = _statistics.SpinBudgetNs;
        if (pauseNs <= _spinNsMax + WakeCostNs && budgetNs < _spinNsMax)
        {
            budgetNs = Math.Min(_spinNsMax, Math.Max(LeastSpinNs, budgetNs * 2));
        }
        else
        {
            // Too long, or the longest spin missed it all the same.
            budgetNs /= 2;
        }

        _statistics.SpinBudgetNs = budgetNs < Math.Min(LeastSpinNs, _spinNsMax) ? 0 : budgetNs;
    }
}
