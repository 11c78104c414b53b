namespace Daos.Fabric.Xstreams.Waiting;

/// <summary>A ULT that waits for a timer; pooled per owner thread. Owned by one owner loop.</summary>
internal sealed class SleepOperation : PooledOperation<bool>
{
    private readonly OwnerLoop _loop;
    private readonly WakeUp _timer;

    private SleepOperation(OwnerLoop loop)
    {
        _loop = loop;
        _timer = new WakeUp(this);
    }

    internal static ValueTask Start(OwnerLoop loop, long durationNs)
    {
        SleepOperation operation = OwnerPool<SleepOperation>.Of(loop).Rent(loop, static home => new SleepOperation(home));
        operation.Begin(loop);

        // Not from the turn's start, which may be long past: a sleep never ends early.
        loop.Reactor.Timers.Arm(operation._timer, loop.Clock.MonotonicNs + Math.Max(0, durationNs));
        return operation.TaskWithoutResult;
    }

    protected override void Release() => OwnerPool<SleepOperation>.Of(_loop).Return(this);

    private sealed class WakeUp(SleepOperation operation) : TimerNode
    {
        protected override void Expire() => operation.Complete(true);
    }
}
