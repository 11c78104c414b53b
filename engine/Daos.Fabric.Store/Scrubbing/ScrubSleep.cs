using Daos.Fabric.Reactor;

namespace Daos.Fabric.Store.Scrubbing;

/// <summary>The waits of one scrubber: for others' work of this turn, or for a time, either ended early when it is to stop. Owned by one xstream.</summary>
internal sealed class ScrubSleep : PooledOperation<bool>
{
    private readonly OwnerLoop _loop;
    private readonly Alarm _alarm;
    private readonly Turn _turn;
    private bool _isStopped;

    internal ScrubSleep(OwnerLoop loop)
    {
        _loop = loop;
        _alarm = new Alarm(this);
        _turn = new Turn(this);
    }

    /// <summary>Waits so long, 0 until everybody else had a turn; not at all once stopped.</summary>
    internal ValueTask WaitAsync(long waitNs)
    {
        if (_isStopped)
        {
            return default;
        }

        Begin(_loop);
        if (waitNs > 0)
        {
            _loop.Reactor.Timers.Arm(_alarm, _loop.NowNs + waitNs);
        }
        else
        {
            _turn.SchedulingClass = _loop.CurrentClass;
            _loop.Schedule(_turn);
        }

        return TaskWithoutResult;
    }

    /// <summary>Ends the wait under way and every later one.</summary>
    internal void Stop()
    {
        _isStopped = true;
        if (_alarm.IsArmed)
        {
            _loop.Reactor.Timers.Disarm(_alarm);
            Complete(false);
        }
    }

    /// <inheritdoc/>
    protected override void Release()
    {
    }

    private sealed class Alarm(ScrubSleep sleep) : TimerNode
    {
        protected override void Expire() => sleep.Complete(true);
    }

    private sealed class Turn(ScrubSleep sleep) : WorkItem
    {
        protected override void Execute() => sleep.Complete(true);
    }
}
