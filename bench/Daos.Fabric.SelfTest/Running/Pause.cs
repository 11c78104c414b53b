namespace Daos.Fabric.SelfTest.Running;

/// <summary>One wait of a ULT. Owned by the loop.</summary>
internal sealed class Pause : PooledOperation<bool>
{
    internal Pause(OwnerLoop loop, long durationNs)
    {
        Begin(loop);
        loop.Reactor.Timers.Arm(new Timer(this), loop.NowNs + durationNs);
    }

    protected override void Release()
    {
    }

    private sealed class Timer(Pause pause) : TimerNode
    {
        protected override void Expire() => pause.Complete(true);
    }
}
