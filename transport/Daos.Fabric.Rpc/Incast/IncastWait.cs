namespace Daos.Fabric.Rpc.Incast;

/// <summary>One operation that waits, with a limit of time. Owned by its loop.</summary>
internal sealed class IncastWait(IncastWaiters line, OwnerLoop loop) : PooledOperation<bool>
{
    private Timer? _timer;

    internal ValueTask<bool> Start(long untilNs)
    {
        Begin(loop);
        _timer = new Timer(this);
        loop.Reactor.Timers.Arm(_timer, untilNs);
        return Task;
    }

    internal void End(bool happened)
    {
        loop.Reactor.Timers.Disarm(_timer!);
        Complete(happened);
    }

    protected override void Release()
    {
    }

    private void Expired()
    {
        line.Remove(this);
        Complete(false);
    }

    private sealed class Timer(IncastWait wait) : TimerNode
    {
        protected override void Expire() => wait.Expired();
    }
}
