namespace Daos.Fabric.Client.Calls;

/// <summary>A wait of an owner thread's ULT that somebody may end early. Owned by one owner loop; pooled.</summary>
internal sealed class PauseOperation : PooledOperation<bool>
{
    private readonly OwnerLoop _loop;
    private readonly Timer _timer;

    private PauseOperation(OwnerLoop loop)
    {
        _loop = loop;
        _timer = new Timer(this);
    }

    /// <summary>Starts a wait; its task's result is false when it was ended early.</summary>
    internal static PauseOperation Start(OwnerLoop loop, long durationNs)
    {
        PauseOperation pause = OwnerPool<PauseOperation>.Of(loop).Rent(loop, static home => new PauseOperation(home));
        pause.Begin(loop);
        loop.Reactor.Timers.Arm(pause._timer, loop.NowNs + durationNs);
        return pause;
    }

    /// <summary>Ends the wait now.</summary>
    internal void EndEarly()
    {
        if (IsPending)
        {
            _loop.Reactor.Timers.Disarm(_timer);
            Complete(false);
        }
    }

    /// <inheritdoc/>
    protected override void Release() => OwnerPool<PauseOperation>.Of(_loop).Return(this);

    private sealed class Timer(PauseOperation pause) : TimerNode
    {
        protected override void Expire() => pause.Complete(true);
    }
}
